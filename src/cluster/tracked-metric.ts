import { Histogram, type Metric, type MetricType } from '../series/index.js';
import type { ForeignRows } from './foreign-rows.js';
import { isProcessMetric } from './process-metric-names.js';
import type { SharedDefinition } from './protocol.js';
import type { Source } from './registry-sources.js';
import { SeriesDiff } from './series-diff.js';

/** A metric of a registry, and what of it was sent. */
export interface Tracked {
  readonly source: unknown;
  readonly diff: SeriesDiff;
  readonly definition: SharedDefinition;
  /** Numbers that a series has. */
  readonly width: number;
  readonly foreign: ForeignRows | undefined;
  /** The registry's default labels that it was sent with, as text. */
  readonly defaults: string;
  generation: number;
  isDefined: boolean;
}

interface What {
  readonly source: unknown;
  readonly metric?: Metric;
  readonly foreign?: ForeignRows;
  readonly defaults: string;
  readonly labelNames: readonly string[];
}

/** A metric of which nothing was sent yet. */
export function track(name: string, { source, metric, foreign, defaults, labelNames }: What): Tracked {
  const { help, type, aggregator = 'sum' } = source as Source;
  const buckets = foreign?.shape.buckets ?? (metric instanceof Histogram ? metric.buckets : []);
  const isProcess = foreign !== undefined && isProcessMetric(name);
  const scope = isProcess ? 'process' : type === 'gauge' ? 'gauge' : 'sum';
  const width = widthOf(type, buckets.length);
  return {
    source,
    foreign,
    defaults,
    width,
    diff: new SeriesDiff(type, width, scope === 'sum'),
    definition: {
      name,
      help,
      type,
      aggregator,
      scope,
      isForeign: foreign !== undefined,
      buckets,
      labelNames,
      created: metric?.created ?? false,
    },
    generation: -1,
    isDefined: false,
  };
}

function widthOf(type: MetricType, buckets: number): number {
  return type === 'histogram' ? buckets + 2 : type === 'summary' ? 2 : 1;
}
