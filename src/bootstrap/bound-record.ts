import type { LabelValue } from '../labels/metric-context.js';
import type { BoundSeries } from '../series/bound-series.js';
import type { Histogram } from '../series/index.js';
import type { Instrument } from './instrument.js';

/**
 * What is to be recorded when a call ends, where all label values are known beforehand; the next one hangs
 * on it, since V8 walks a chain faster than several short arrays.
 */
export interface BoundRecord {
  readonly next: BoundRecord | undefined;
  record(seconds: number): void;
}

class CountRecord implements BoundRecord {
  constructor(
    private readonly series: BoundSeries,
    readonly next: BoundRecord | undefined,
  ) {}

  record(): void {
    this.series.add(1);
  }
}

class TimeRecord implements BoundRecord {
  constructor(
    private readonly series: { observe(seconds: number): void },
    readonly next: BoundRecord | undefined,
  ) {}

  record(seconds: number): void {
    this.series.observe(seconds);
  }
}

/** A call that is no longer in progress. */
export class GaugeRecord implements BoundRecord {
  constructor(
    private readonly series: BoundSeries,
    readonly next: BoundRecord | undefined,
  ) {}

  record(): void {
    this.series.add(-1);
  }
}

/** What records the end of a call to one series of an instrument that is no gauge. */
export function boundRecord(
  { declaration, metric }: Instrument,
  values: readonly LabelValue[],
  next: BoundRecord | undefined,
): BoundRecord {
  return declaration.kind === 'counted'
    ? new CountRecord(metric.bind(values), next)
    : new TimeRecord((metric as Histogram<string>).child(values), next);
}
