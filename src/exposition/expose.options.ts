import type { ExpositionFormat } from './formats.js';

export interface ExposeOptions {
  /** Default: `'text'`. */
  format?: ExpositionFormat;
  /**
   * Only these: a metric's name (or a counter's without `_total`) selects all its samples, a sample's
   * name (`x_bucket`, `x_sum`, `x_count`, `x_created`) those samples. Collectors of other metrics don't run.
   * Default, and with an empty list: everything.
   */
  names?: readonly string[];
  /** Milliseconds each collector has; all run at the same time. Default: 5000. */
  timeoutMs?: number;
  /** Ends the reading: the next step throws the signal's reason. */
  signal?: AbortSignal;
  /**
   * Told once for each metric whose collector threw, rejected or took too long, before anything is written, and
   * for each that gave samples which can't be written.
   */
  onCollectError?: (metricName: string, error: unknown) => void;
  /** OpenMetrics: `_created` samples of metrics that keep these times. Default: true. */
  created?: boolean;
}
