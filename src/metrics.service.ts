import { Inject, Injectable } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { followResult } from './bootstrap/follow-result.js';
import { MetricsApp } from './bootstrap/metrics-app.js';
import { TimedCall } from './bootstrap/timed-call.js';
import { infoGauge } from './catalog/info-gauge.js';
import type { Collect } from './catalog/metric-catalog.js';
import { readScrape } from './endpoint/read-scrape.js';
import type { ScrapeServerOptions } from './endpoint/scrape-server.options.js';
import type { ScrapeServer } from './endpoint/scrape-server.js';
import { ScrapeServers } from './endpoint/scrape-servers.js';
import type { LabelValue } from './labels/metric-context.js';
import type {
  CounterDefinition,
  GaugeDefinition,
  HistogramDefinition,
  SummaryDefinition,
} from './metric.definition.js';
import { checkServer } from './options/check-server.js';
import { DEFAULT_BUCKETS, type Counter, type Gauge, type Histogram, type Summary } from './series/index.js';
import { version } from './version.js';

const DECLARED_BY = 'MetricsService or MetricsModule.forFeature()';

/**
 * Business metrics, and whatever else an app wants of its metrics at run time. A metric is made once: the
 * same definition gives the same metric again, wherever it is asked for.
 *
 * All that make a metric throw where the name or a label name is none that Prometheus takes
 * (https://prometheus.io/docs/concepts/data_model/), or where the name is taken by another definition.
 */
@Injectable()
export class MetricsService {
  /** Version of this package. */
  readonly version = version;

  constructor(
    @Inject(MetricsApp) private readonly app: MetricsApp,
    @Inject(ScrapeServers) private readonly servers: ScrapeServers,
  ) {}

  /** The prom-client registry that all metrics are registered in. */
  get registry(): Registry {
    // prom-client's functions take no registry of any other type, not even those that no content type matters to.
    return this.app.metrics.options.registry as Registry;
  }

  /** A count that only goes up; its name ends in `_total`, added where it lacks it. */
  counter<L extends string = never>(definition: CounterDefinition<L>): Counter<L> {
    const { collect, ...spec } = definition;
    return this.app.metrics.catalog.counter(spec, DECLARED_BY, collectorOf(spec.name, collect));
  }

  /** A value that goes up and down. */
  gauge<L extends string = never>(definition: GaugeDefinition<L>): Gauge<L> {
    const { collect, ...spec } = definition;
    return this.app.metrics.catalog.gauge(spec, DECLARED_BY, collectorOf(spec.name, collect));
  }

  /** Observations counted in buckets, with their sum; buckets of seconds, .005 to 10, unless given. */
  histogram<L extends string = never>(definition: HistogramDefinition<L>): Histogram<L> {
    const { collect, buckets = DEFAULT_BUCKETS, ...spec } = definition;
    return this.app.metrics.catalog.histogram(
      { ...spec, buckets },
      DECLARED_BY,
      collectorOf(spec.name, collect),
    );
  }

  /** The number and sum of observations, with quantiles where `percentiles` are given. */
  summary<L extends string = never>(definition: SummaryDefinition<L>): Summary<L> {
    const { collect, ...spec } = definition;
    return this.app.metrics.catalog.summary(spec, DECLARED_BY, collectorOf(spec.name, collect));
  }

  /**
   * A gauge whose value is 1 and whose labels tell something, such as a version. Called again with other
   * values, it tells these alone.
   */
  info<L extends string>(name: string, help: string, labels: Record<L, LabelValue>): Gauge<L> {
    if (typeof labels !== 'object' || labels === null) {
      throw new TypeError(`Metric "${name}": "labels" must be an object of label names and their values`);
    }
    return infoGauge(this.app.metrics.catalog, { name, help, labels }, DECLARED_BY);
  }

  /**
   * Runs a function and observes the seconds it takes, as `@Timed` does: until its promise settles, each
   * subscription to its Observable ends, or its iterator does.
   */
  time<T>(definition: HistogramDefinition, run: () => T): T {
    const call = new TimedCall(this.histogram(definition));
    let result: T;
    try {
      result = run();
    } catch (error) {
      call.close();
      throw error;
    }
    return followResult(result, call) as T;
  }

  /**
   * What a scrape with this header `Accept` would get; with `names`, as with `?name[]=`, only these metrics where
   * there is any name. In a cluster these are the metrics of all its workers together.
   */
  async render(
    query: { accept?: string; names?: readonly string[] } = {},
  ): Promise<{ contentType: string; body: string }> {
    return readScrape(this.app.metrics.source, query);
  }

  /**
   * Starts an HTTP or HTTPS server that answers scrapes and nothing else; it ends with the app.
   * Rejects where the port is taken, and once the app is closed.
   */
  async startServer(options: ScrapeServerOptions): Promise<ScrapeServer> {
    checkServer(options);
    return this.servers.start(options);
  }
}

function collectorOf<M>(
  name: string,
  collect: ((this: M) => void | Promise<void>) | undefined,
): Collect<M> | undefined {
  if (collect !== undefined && typeof collect !== 'function') {
    throw new TypeError(`Metric "${name}": "collect" must be a function`);
  }
  return collect && ((metric) => collect.call(metric));
}
