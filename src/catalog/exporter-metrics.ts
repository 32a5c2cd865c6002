import { Logger } from '@nestjs/common';
import { version } from '../version.js';
import type { Counter } from '../series/index.js';
import { infoGauge } from './info-gauge.js';
import type { MetricCatalog } from './metric-catalog.js';

const DECLARED_BY = 'MetricsModule';

/** Of these metrics themselves, whatever the app's `maxSeries`: what went wrong must stay to be told apart. */
const MAX_SERIES = 100_000;

/**
 * The exporter's metrics of itself: `exporter_info{version}`, and what goes wrong in the recording and
 * exposing of others, `exporter_errors_total{metric,reason}` and `exporter_series_dropped_total{metric}`. Each metric's first
 * failure of a kind is logged too.
 */
export class ExporterMetrics {
  private readonly logger = new Logger('MetricsModule');
  private readonly logged = new Set<string>();
  private readonly errors: Counter<'metric' | 'reason'>;
  private readonly dropped: Counter<'metric'>;

  constructor(catalog: MetricCatalog, prefix: string) {
    infoGauge(
      catalog,
      {
        name: `${prefix}exporter_info`,
        help: 'Version of nestjs-prometheus-exporter.',
        labels: { version },
      },
      DECLARED_BY,
    );
    this.errors = catalog.counter(
      {
        name: `${prefix}exporter_errors_total`,
        help: 'Label functions and collectors that failed, by metric.',
        labelNames: ['metric', 'reason'],
        maxSeries: MAX_SERIES,
      },
      DECLARED_BY,
    );
    this.dropped = catalog.counter(
      {
        name: `${prefix}exporter_series_dropped_total`,
        help: 'Records that were folded because their metric has as many series as it may have.',
        labelNames: ['metric'],
        maxSeries: MAX_SERIES,
      },
      DECLARED_BY,
    );
  }

  /** A label function threw, or gave what is no label value. */
  labelFailed(metric: string, label: string, error: unknown): void {
    this.errors.inc({ metric, reason: 'label' });
    this.logOnce(
      `label ${metric} ${label}`,
      `The function of the label "${label}" of the metric "${metric}" failed: ${messageOf(error)}`,
    );
  }

  /** A collector threw, rejected or did not settle in time. */
  collectFailed(metric: string, error: unknown): void {
    this.errors.inc({ metric, reason: 'collect' });
    this.logOnce(`collect ${metric}`, `The collector of the metric "${metric}" failed: ${messageOf(error)}`);
  }

  /** A record went to the series that holds what is beyond `maxSeries`. */
  seriesDropped(metric: string): void {
    if (metric === this.dropped.name || metric === this.errors.name) {
      return;
    }
    this.dropped.inc({ metric });
    this.logOnce(
      `dropped ${metric}`,
      `The metric "${metric}" has reached "maxSeries": new label sets are folded into "other"`,
    );
  }

  private logOnce(key: string, message: string): void {
    if (!this.logged.has(key)) {
      this.logged.add(key);
      try {
        this.logger.warn(message);
      } catch {
        // The app's own logger may throw, and the call that is recorded must not.
      }
    }
  }
}

/** Whatever the app has thrown, whose message may be no text and may throw itself when it is to become one. */
function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'something that can not be printed';
  }
}
