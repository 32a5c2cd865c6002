/** What a label's value may be given as; `undefined` and `null` are the empty string, others `String()`ed. */
export type LabelValue = string | number | boolean | bigint | null | undefined;

/** The labels of one call; a label that is left out is the empty string. A metric without labels takes none. */
export type LabelValues<L extends string = string> = [L] extends [never]
  ? Readonly<Record<string, never>>
  : { readonly [name in L]?: LabelValue };

/** How the metrics of several processes become one, by prom-client's names. */
export type Aggregator = 'sum' | 'first' | 'min' | 'max' | 'average' | 'omit';

/** prom-client's names of the metric types. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary';

/** What every metric is made from. `M` is the metric itself, the `this` of `collect`. */
export interface MetricOptions<L extends string = string, M = unknown> {
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`. */
  name: string;
  help: string;
  /** `[a-zA-Z_][a-zA-Z0-9_]*`, not `__…`, and not `le` or `quantile` where the type writes these itself. */
  labelNames?: readonly L[];
  /** Default: `'sum'`. */
  aggregator?: Aggregator;
  /** Called before each reading, to set values; may be async. */
  collect?: (this: M) => void | Promise<void>;
  /** Label sets there may be before new ones are folded. Default: 10000. */
  maxSeries?: number;
  /** Labels whose values become `other` in a folded label set. Default: all. */
  foldedLabels?: readonly NoInfer<L>[];
  /** Called for each record that went to a folded label set. */
  onFolded?: () => void;
  /** Without labels: there is no series before the first record. Default: false. */
  absentAtFirst?: boolean;
  /** Keeps for each series when it was made, for OpenMetrics' `_created`. Default: false. */
  created?: boolean;
}

export type CounterOptions<L extends string = string, M = unknown> = MetricOptions<L, M>;
export type GaugeOptions<L extends string = string, M = unknown> = Omit<MetricOptions<L, M>, 'created'>;

export interface HistogramOptions<L extends string = string, M = unknown> extends MetricOptions<L, M> {
  /** Upper bounds, ascending; `+Inf` need not be given. Default: .005 to 10. */
  buckets?: readonly number[];
}

export interface SummaryOptions<L extends string = string, M = unknown> extends MetricOptions<L, M> {
  /** Quantiles to estimate, from 0, the least, to 1, the greatest. Default: none, so only sum and count. */
  percentiles?: readonly number[];
  /** With `ageBuckets`: seconds after which an observation no longer counts for the quantiles. */
  maxAgeSeconds?: number;
  ageBuckets?: number;
}

/** One sample as prom-client's `get()` gives it. */
export interface MetricSample {
  /** Only where it is not the metric's name: `x_bucket`, `x_sum`, `x_count`. */
  metricName?: string;
  labels: Record<string, string | number>;
  value: number;
}

/** A metric as prom-client's `get()` gives it. */
export interface MetricData {
  name: string;
  help: string;
  type: MetricType;
  aggregator: Aggregator;
  values: MetricSample[];
}

/** Ends a timer, adds labels to those given at its start, and gives the seconds it took. */
export type EndTimer<L extends string = string> = (labels?: LabelValues<L>) => number;
