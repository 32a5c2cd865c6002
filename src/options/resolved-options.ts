import type { DefaultMetricsCollectorConfiguration, Registry, RegistryContentType } from 'prom-client';
import type { MetricDeclaration } from '../decorators/declarations.js';
import type { Authorize } from '../endpoint/authorize.js';
import type { ScrapeServerOptions } from '../endpoint/scrape-server.options.js';
import type { ResolvedLabel, StaticLabel } from '../labels/resolved-label.js';
import type { GroupByFunction } from '../metrics.options.js';

export interface ResolvedGroupBy {
  /** Name of the label. */
  readonly label: string;
  readonly by: 'route' | 'path' | 'url' | 'handler' | 'function';
  /** Where `by` is `'function'`. */
  readonly value?: GroupByFunction;
}

export interface ResolvedHttpOptions {
  readonly groupBy: ResolvedGroupBy;
  /** Seconds. */
  readonly buckets: readonly number[];
  readonly latency: 'histogram' | 'summary';
  /** Each sticky, so that it matches from the start of the raw path alone. */
  readonly excludedPaths: readonly RegExp[];
  readonly excludeUserDefaults: boolean;
  readonly statusClasses: boolean;
  readonly sizes: boolean;
  /** `undefined`: what the HTTP adapter allows. */
  readonly via: 'adapter' | 'interceptor' | undefined;
  readonly requestContext: boolean;
}

export interface ResolvedPushOptions {
  /** Without credentials and without a slash at its end. */
  readonly url: string;
  readonly job: string;
  /** Names and values. */
  readonly grouping: readonly (readonly [string, string])[];
  readonly method: 'put' | 'post';
  /** Milliseconds. */
  readonly interval: number | undefined;
  readonly onShutdown: 'push' | 'delete' | 'none';
  /** Milliseconds. */
  readonly timeout: number;
  /** By name in lower case; with `authorization` where there are credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** What must not be shown where an answer repeats it. */
  readonly secrets: readonly string[];
}

export interface ResolvedEndpointOptions {
  readonly path: string;
  readonly followGlobalPrefix: boolean;
  readonly authorize: Authorize | undefined;
  readonly gzip: boolean;
}

/** The options with every default in its place. */
export interface ResolvedOptions {
  readonly registry: Registry<RegistryContentType>;
  readonly defaultLabels: readonly ResolvedLabel[];
  /** What stands before the names of HTTP and `exporter_…` metrics: `''` or such as `'shop_'`. */
  readonly prefix: string;
  readonly endpoint: ResolvedEndpointOptions | false;
  readonly servers: readonly ScrapeServerOptions[];
  readonly http: ResolvedHttpOptions | false;
  readonly defaults: readonly MetricDeclaration[];
  readonly info: readonly StaticLabel[] | undefined;
  readonly processMetrics: DefaultMetricsCollectorConfiguration<RegistryContentType> | false;
  readonly createdTimestamps: boolean;
  readonly maxSeries: number;
  readonly push: ResolvedPushOptions | undefined;
  readonly cluster: boolean;
}
