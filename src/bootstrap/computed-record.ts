import type { MetricContext } from '../labels/metric-context.js';
import type { Counter, Histogram } from '../series/index.js';
import { boundRecord, type BoundRecord } from './bound-record.js';
import { counts, type Instrument } from './instrument.js';
import { RecentLabels } from './recent-labels.js';

/** Records the calls of one method to a metric some of whose labels are computed. */
export class ComputedRecord {
  /** `null` where they came only once so far: ever changing ones are to bind nothing. */
  private readonly labels: RecentLabels<BoundRecord | null>;
  /** How calls end that are not to be recorded, if there are any. */
  private readonly skipped: boolean | undefined;

  constructor(
    private readonly instrument: Instrument,
    /** What the same calls are recorded to besides. */
    readonly next: ComputedRecord | undefined,
  ) {
    this.labels = new RecentLabels(instrument.sources);
    this.skipped = [true, false].find((succeeded) => !counts(instrument, succeeded));
  }

  record(context: MetricContext, succeeded: boolean, seconds: number): void {
    if (succeeded === this.skipped) {
      return;
    }
    const labels = this.labels.of(context, succeeded);
    if (labels.bound !== undefined) {
      labels.bound ??= boundRecord(this.instrument, labels.values, undefined);
      labels.bound.record(seconds);
      return;
    }
    labels.bound = null;
    const { declaration, metric } = this.instrument;
    if (declaration.kind === 'counted') {
      (metric as Counter<string>).addTo(labels.values, 1);
    } else {
      (metric as Histogram<string>).observeIn(labels.values, seconds);
    }
  }
}
