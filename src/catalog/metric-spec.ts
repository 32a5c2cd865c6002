import type { Aggregator, MetricType } from '../series/index.js';

/** How a gauge's values of several workers become one; `'omit'` leaves it out. */
export const METRIC_AGGREGATORS: readonly Aggregator[] = ['sum', 'first', 'min', 'max', 'average', 'omit'];

/** A metric's definition: two equal ones are the same metric, two different ones with one name a conflict. */
export interface MetricSpec<L extends string = string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly L[];
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
  /** Quantiles of a summary. */
  readonly percentiles?: readonly number[];
  /** Of a summary's quantiles: how many seconds back they look, in how many steps. */
  readonly maxAgeSeconds?: number;
  readonly ageBuckets?: number;
  readonly aggregator?: Aggregator;
  /** Labels that become `other` in a series beyond `maxSeries`; all where left out. */
  readonly foldedLabels?: readonly NoInfer<L>[];
  /** Instead of the app's `maxSeries`. */
  readonly maxSeries?: number;
  /** Values are always given with the names of their labels: their order means nothing. */
  readonly anyOrder?: boolean;
  /** Without labels: no series before the first record. */
  readonly absentAtFirst?: boolean;
}

/**
 * A counter's name with the `_total` that its sample has (OpenMetrics 1.0, "Counter"). What is no name stays
 * none, to be refused.
 */
export function fullName(type: MetricType, name: string): string {
  const isName = typeof name === 'string' && name !== '';
  return isName && type === 'counter' && !name.endsWith('_total') ? `${name}_total` : name;
}

const KEYS = [
  'name',
  'help',
  'labelNames',
  'aggregator',
  'foldedLabels',
  'maxSeries',
  'absentAtFirst',
  'anyOrder',
];
const KEYS_OF: Readonly<Record<MetricType, readonly string[]>> = {
  counter: KEYS,
  gauge: KEYS,
  histogram: [...KEYS, 'buckets'],
  summary: [...KEYS, 'percentiles', 'maxAgeSeconds', 'ageBuckets'],
};

/** What stands in a definition and means nothing there. */
export function unknownKeyOf(type: MetricType, spec: object): string | undefined {
  return Object.entries(spec).find(
    ([key, value]) => value !== undefined && !KEYS_OF[type].includes(key),
  )?.[0];
}

/** In which respect a definition differs from that of the metric there is, or `undefined` where it is the same. */
export function differenceOf(
  a: { type: MetricType; spec: MetricSpec },
  b: { type: MetricType; spec: MetricSpec },
): string | undefined {
  if (a.type !== b.type) {
    return `type (${a.type} and ${b.type})`;
  }
  if (a.spec.help !== b.spec.help) {
    return `help (${JSON.stringify(a.spec.help)} and ${JSON.stringify(b.spec.help)})`;
  }
  const lists = [
    ['labels', sorted(a.spec.labelNames), sorted(b.spec.labelNames)],
    // Values by position would go to other labels than whoever asks for it means.
    ['order of labels', a.spec.labelNames, b.spec.anyOrder ? a.spec.labelNames : b.spec.labelNames],
    ['buckets', a.spec.buckets, b.spec.buckets],
    ['percentiles', a.spec.percentiles, b.spec.percentiles],
    ['aggregator', a.spec.aggregator ?? 'sum', b.spec.aggregator ?? 'sum'],
    ['maxAgeSeconds', a.spec.maxAgeSeconds, b.spec.maxAgeSeconds],
    ['ageBuckets', a.spec.ageBuckets, b.spec.ageBuckets],
  ] as const;
  for (const [what, one, other] of lists) {
    if (String(one ?? '') !== String(other ?? '')) {
      return `${what} (${String(one ?? 'none')} and ${String(other ?? 'none')})`;
    }
  }
  return undefined;
}

function sorted(names: readonly string[] = []): readonly string[] {
  return [...names].sort();
}
