import { isMetricName, openMetricsSuffixesOf, sampleSuffixesOf } from '../series/index.js';
import type { ExpositionFormat } from './formats.js';

/** How one metric presents itself in one exposition. */
export interface Family {
  readonly format: ExpositionFormat;
  /** What HELP and TYPE call it. */
  readonly name: string;
  readonly type: string;
}

/** A metric of the registry, as far as its name goes. */
export interface Named {
  readonly name: string;
  readonly type: string;
  /** Whether it is one of this package, which goes before those of other code. */
  readonly isOwn: boolean;
}

const TOTAL = '_total';
const TYPES: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary']);

/**
 * The families of an exposition with all these metrics, in their order; `undefined` where another has the name of
 * one of the samples, such as a gauge `x_sum` beside a histogram `x`, and where the name is none that Prometheus
 * takes: who reads one refuses the whole exposition.
 */
export function familiesOf(metrics: readonly Named[], format: ExpositionFormat): (Family | undefined)[] {
  const candidates = metrics.map(({ name, type }): Family => {
    if (format === 'openmetrics' && type === 'counter') {
      return { format, ...openMetricsCounter(name) };
    }
    const unknown = format === 'openmetrics' ? 'unknown' : 'untyped';
    return { format, name, type: TYPES.has(type) ? type : unknown };
  });
  const taken = new Set<string>();
  const settled = new Map<Family, Family>();
  for (const { family } of inPrecedence(metrics, candidates)) {
    const forms = [
      family,
      ...(canGiveWay(family) ? [{ format, name: family.name + TOTAL, type: 'unknown' }] : []),
    ];
    const free = forms.find(
      (form) => isMetricName(form.name) && claimsOf(form).every((claim) => !taken.has(claim)),
    );
    if (free !== undefined) {
      claimsOf(free).forEach((claim) => taken.add(claim));
      settled.set(family, free);
    }
  }
  return candidates.map((family) => settled.get(family));
}

/** In OpenMetrics a counter's family is called as its sample is without `_total`; one that lacks it is `unknown`. */
const openMetricsCounter = (name: string): Omit<Family, 'format'> =>
  name.endsWith(TOTAL) && name !== TOTAL
    ? { name: name.slice(0, -TOTAL.length), type: 'counter' }
    : { name, type: 'unknown' };

/** A counter whose family would claim a name that another has keeps its whole name, and is `unknown`. */
const canGiveWay = ({ format, type }: Family): boolean => format === 'openmetrics' && type === 'counter';

/** Counters that can give way come after all others, and metrics of other code after our own. */
function inPrecedence(
  metrics: readonly Named[],
  candidates: readonly Family[],
): { family: Family; rank: number }[] {
  return candidates
    .map((family, i) => ({ family, rank: (canGiveWay(family) ? 2 : 0) + (metrics[i]?.isOwn ? 0 : 1) }))
    .sort((one, other) => one.rank - other.rank);
}

/** All names that a family has for itself. */
function claimsOf(family: Family): string[] {
  const { format, name, type } = family;
  const suffixesOf = format === 'openmetrics' ? openMetricsSuffixesOf : sampleSuffixesOf;
  const suffixes = canGiveWay(family) ? [TOTAL, '_created'] : suffixesOf(type);
  return ['', ...suffixes].map((end) => name + end);
}

/** The lines HELP and TYPE. Only OpenMetrics escapes quotes in a help. */
export function headOf({ format, name, type }: Family, help: string): string {
  const escaped = help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
  const text = format === 'openmetrics' ? escaped.replace(/"/g, '\\"') : escaped;
  return `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n`;
}
