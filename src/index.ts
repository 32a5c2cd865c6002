export { Counted, type CountedOptions } from './decorators/counted.js';
export { DoNotTrack, ExcludeAllMetrics } from './decorators/exclude.js';
export { Gauged, type GaugedOptions } from './decorators/gauged.js';
export type { MetricDecorator } from './decorators/metric-decorator.js';
export { Timed, type TimedOptions } from './decorators/timed.js';
export { basicAuth, bearerToken, type Authorize, type ScrapeRequest } from './endpoint/authorize.js';
export type { ScrapeServer } from './endpoint/scrape-server.js';
export type { ScrapeServerOptions } from './endpoint/scrape-server.options.js';
export { MetricsInterceptor } from './http/metrics.interceptor.js';
export type {
  LabelFunction,
  LabelValue,
  MetricContext,
  MetricLabels,
  MetricRequest,
  MetricResponse,
} from './labels/metric-context.js';
export type {
  CounterDefinition,
  GaugeDefinition,
  HistogramDefinition,
  MetricProviderDefinition,
  SummaryDefinition,
} from './metric.definition.js';
export { InjectMetric, getMetricToken } from './metric.token.js';
export { MetricsModule } from './metrics.module.js';
export type { MetricsModuleAsyncOptions } from './metrics-root.module.js';
export type {
  EndpointOptions,
  GroupBy,
  GroupByFunction,
  HttpOptions,
  MetricsOptions,
  MetricsOptionsFactory,
} from './metrics.options.js';
export { MetricsService } from './metrics.service.js';
export { PushError } from './push/push-error.js';
export type { PushOptions } from './push/push.options.js';
export { PushService } from './push/push.service.js';
export {
  Counter,
  Gauge,
  Histogram,
  Summary,
  type Aggregator,
  type CounterChild,
  type GaugeChild,
  type HistogramChild,
  type SummaryChild,
} from './series/index.js';
