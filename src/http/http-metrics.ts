import type { MetricCatalog } from '../catalog/metric-catalog.js';
import type { BoundSeries } from '../series/bound-series.js';
import type { Counter } from '../series/counter.js';
import type { Gauge } from '../series/gauge.js';
import type { LabelValue } from '../labels/metric-context.js';
import { Histogram } from '../series/histogram.js';
import type { Summary } from '../series/summary.js';
import type { ResolvedHttpOptions } from '../options/resolved-options.js';
import type { HttpLabels } from './http-labels.js';
import type { RequestSeries } from './request-series.js';

const DECLARED_BY = 'MetricsModule (HTTP metrics)';

/** The metrics of HTTP requests, in the registry. */
export class HttpMetrics {
  private readonly duration: Histogram | Summary;
  private readonly total: Counter;
  private readonly exceptions: Counter;
  private readonly inProgress: Gauge;
  private readonly requestSize: Summary | undefined;
  private readonly responseSize: Summary | undefined;

  constructor(
    catalog: MetricCatalog,
    options: ResolvedHttpOptions,
    prefix: string,
    private readonly labels: HttpLabels,
  ) {
    const labelled = { labelNames: labels.names, foldedLabels: labels.folded };
    const latency = {
      name: `${prefix}http_request_duration_seconds`,
      help: 'Duration of HTTP requests in seconds, from the first sight of a request to the end of its response.',
      ...labelled,
    };
    this.duration =
      options.latency === 'summary'
        ? catalog.summary({ ...latency, percentiles: LATENCY_QUANTILES }, DECLARED_BY)
        : catalog.histogram({ ...latency, buckets: options.buckets }, DECLARED_BY);
    this.total = catalog.counter(
      { name: `${prefix}http_requests_total`, help: 'HTTP requests that are over.', ...labelled },
      DECLARED_BY,
    );
    this.exceptions = catalog.counter(
      {
        name: `${prefix}http_request_exceptions_total`,
        help: 'HTTP requests that ended in an exception which is no HttpException and which no filter of the app answered.',
        ...labelled,
      },
      DECLARED_BY,
    );
    this.inProgress = catalog.gauge(
      {
        name: `${prefix}http_requests_in_progress`,
        help: 'HTTP requests that are being handled.',
        labelNames: ['method', ...labels.staticNames],
        foldedLabels: [],
      },
      DECLARED_BY,
    );
    this.inProgress.lags = true;
    if (options.sizes) {
      this.requestSize = catalog.summary(
        {
          name: `${prefix}http_request_size_bytes`,
          help: 'Size of HTTP request bodies in bytes.',
          ...labelled,
        },
        DECLARED_BY,
      );
      this.responseSize = catalog.summary(
        {
          name: `${prefix}http_response_size_bytes`,
          help: 'Size of HTTP response bodies in bytes.',
          ...labelled,
        },
        DECLARED_BY,
      );
    }
  }

  /** Whether it does not show in any of them at which moment an observation was recorded. */
  get timeless(): boolean {
    return this.duration instanceof Histogram && !this.total.created;
  }

  /** Whether both count in the same metrics: those of apps that share a registry are. */
  areThoseOf(other: HttpMetrics): boolean {
    return this.total === other.total;
  }

  /** The series of requests with these label values. */
  seriesOf(values: readonly LabelValue[]): RequestSeries {
    return {
      duration: this.duration.child(values),
      total: this.total.bind(values),
      exceptions: this.exceptions.bind(values),
      requestSize: this.requestSize?.child(values),
      responseSize: this.responseSize?.child(values),
    };
  }

  /** The gauge of requests in progress, for a method. */
  inProgressOf(method: string): BoundSeries {
    return this.inProgress.bind([method, ...this.labels.staticValues]);
  }
}

const LATENCY_QUANTILES = [0.5, 0.9, 0.95, 0.99];
