import type { Abstract, Type } from '@nestjs/common';
import type { Aggregator, Counter, Gauge, Histogram, Summary } from './series/index.js';

/** What a metric of `MetricsService` or `forFeature` is made from. */
export interface MetricDefinition<L extends string, M> {
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`; a base unit (seconds, bytes) goes at its end. */
  name: string;
  help: string;
  labelNames?: readonly L[];
  /** How the values of several workers become one. Default: `'sum'`. */
  aggregator?: Aggregator;
  /** Runs before each scrape, to set values; `this` is the metric. May be async. */
  collect?: (this: M) => void | Promise<void>;
}

export type CounterDefinition<L extends string = never> = MetricDefinition<L, Counter<L>>;
export type GaugeDefinition<L extends string = never> = MetricDefinition<L, Gauge<L>>;

export interface HistogramDefinition<L extends string = never> extends MetricDefinition<L, Histogram<L>> {
  /** Upper bounds, ascending. Default: .005 to 10, for seconds. */
  buckets?: readonly number[];
}

export interface SummaryDefinition<L extends string = never> extends MetricDefinition<L, Summary<L>> {
  /** Quantiles to estimate, each between 0 and 1. Default: none. */
  percentiles?: readonly number[];
  /** How many seconds back the quantiles look. Default: to the start. */
  maxAgeSeconds?: number;
  /** In how many steps they forget. */
  ageBuckets?: number;
}

interface ProviderPart<M> {
  /** Providers that `collect` is called with. */
  inject?: readonly FeatureToken[];
  /** Runs before each scrape with the injected providers; `this` is the metric. May be async. */
  collect?: (this: M, ...injected: never[]) => void | Promise<void>;
}

/** A provider's class or token. */
export type FeatureToken = string | symbol | Function | Abstract<unknown> | Type;

type Provided<D extends { collect?: unknown }, M> = Omit<D, 'collect'> & ProviderPart<M>;

/** One metric of `MetricsModule.forFeature()`. */
export type MetricProviderDefinition =
  | ({ type: 'counter' } & Provided<CounterDefinition<string>, Counter<string>>)
  | ({ type: 'gauge' } & Provided<GaugeDefinition<string>, Gauge<string>>)
  | ({ type: 'histogram' } & Provided<HistogramDefinition<string>, Histogram<string>>)
  | ({ type: 'summary' } & Provided<SummaryDefinition<string>, Summary<string>>);
