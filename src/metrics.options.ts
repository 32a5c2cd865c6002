import type { ModuleMetadata } from '@nestjs/common';
import type { DefaultMetricsCollectorConfiguration, Registry, RegistryContentType } from 'prom-client';
import type { MetricDecorator } from './decorators/metric-decorator.js';
import type { LabelValue, MetricLabels, MetricRequest } from './labels/metric-context.js';
import type { ScrapeServerOptions } from './endpoint/scrape-server.options.js';
import type { Authorize } from './endpoint/authorize.js';
import type { PushOptions } from './push/push.options.js';

interface GroupByFunctions {
  group(request: MetricRequest): LabelValue;
}
/** Computes the value of the `groupBy` label from the framework's request. */
export type GroupByFunction = GroupByFunctions['group'];

/**
 * What tells requests apart besides method and status. The word is the label's name:
 * `route` is the template (`/users/:id`), `path` the raw path, `url` path and query, `handler` the
 * handler (`UsersController.find`). A named function gives its name to the label.
 */
export type GroupBy =
  'route' | 'path' | 'url' | 'handler' | { label: string; value: GroupByFunction } | GroupByFunction;

export interface HttpOptions {
  /** Put with a `_` before the HTTP metrics' names and those of the exporter's own. Default: none. */
  prefix?: string;
  /** Default: `'route'`. */
  groupBy?: GroupBy;
  /** Upper bounds of the duration histogram, in seconds. Default: .005 to 10. */
  buckets?: readonly number[];
  /** Type of the duration metric. Default: `'histogram'`. */
  latency?: 'histogram' | 'summary';
  /** Requests that are not recorded: expressions matched from the start of the raw path. Default: none. */
  excludedPaths?: string | RegExp | readonly (string | RegExp)[];
  /** Whether `excludedPaths` also holds for `defaults` and for decorated handlers. Default: true. */
  excludeUserDefaults?: boolean;
  /** `2xx` instead of `200` as the status. Default: false. */
  statusClasses?: boolean;
  /** Records the sizes of request and response bodies, in bytes. Default: false. */
  sizes?: boolean;
  /** Where requests are seen. Default: `'adapter'` on Express and Fastify, `'interceptor'` elsewhere. */
  via?: 'adapter' | 'interceptor';
  /** Gives label functions of methods called while a request is handled that request. Default: false. */
  requestContext?: boolean;
}

export interface EndpointOptions {
  /** Default: `/metrics`. */
  path?: string;
  /** `true`: below the app's global prefix. Default: false. */
  followGlobalPrefix?: boolean;
  /** Class decorators put on the metrics controller, such as `UseGuards(...)`. */
  decorators?: readonly ClassDecorator[];
  /** Decides whether a request may scrape; anything but `true` is answered with 401. */
  authorize?: Authorize;
  /** Compress where the scraper accepts it. Default: true. */
  gzip?: boolean;
}

/** Options of `MetricsModule.forRoot()`. */
export interface MetricsOptions {
  /** Modules whose providers the endpoint's guards need. */
  imports?: NonNullable<ModuleMetadata['imports']>;
  /** Where every metric is registered. Default: prom-client's global `register`. */
  registry?: Registry<RegistryContentType>;
  /** Labels on every HTTP and decorated metric, fixed or computed. */
  defaultLabels?: MetricLabels;
  /** The endpoint in the app; `false`: none. */
  endpoint?: EndpointOptions | false;
  /** HTTP(S) servers of their own that answer scrapes. */
  server?: ScrapeServerOptions | readonly ScrapeServerOptions[];
  /** HTTP metrics; `false`: none. */
  http?: HttpOptions | false;
  /** Decorators that hold for every HTTP handler. */
  defaults?: readonly MetricDecorator[];
  /** Labels of the gauge `app_info`, whose value is 1. */
  info?: Record<string, LabelValue>;
  /** prom-client's process and Node.js metrics; an object is passed on to it. Default: true. */
  processMetrics?: boolean | DefaultMetricsCollectorConfiguration<RegistryContentType>;
  /** `_created` samples in OpenMetrics, for the metrics of this package. Default: false. */
  createdTimestamps?: boolean;
  /** Label sets that one metric may have before new ones are folded. Default: 10000. */
  maxSeries?: number;
  /** Pushes to a Pushgateway, for jobs that end before they are scraped. Default: none. */
  push?: PushOptions;
  /** This app runs in workers whose metrics `startClusterMetrics()` puts together. Default: false. */
  cluster?: boolean;
}

/** Gives the options of `MetricsModule.forRootAsync({ useClass })`. */
export interface MetricsOptionsFactory {
  createMetricsOptions(): Promise<MetricsOptions> | MetricsOptions;
}
