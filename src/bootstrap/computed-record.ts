import type { MetricContext } from '../labels/metric-context.js';
import type { Counter, Histogram } from '../series/index.js';
import { boundRecord, type BoundRecord } from './bound-record.js';
import { counts, type Instrument } from './instrument.js';
import { RecentLabels } from './recent-labels.js';

/** Records the calls of one method to a metric some of whose labels are computed. */
export class ComputedRecord {
  private readonly labels: RecentLabels<BoundRecord>;
  private readonly afterSuccess: boolean;
  private readonly afterFailure: boolean;

  constructor(
    private readonly instrument: Instrument,
    /** What the same calls are recorded to besides. */
    readonly next: ComputedRecord | undefined,
  ) {
    this.labels = new RecentLabels(instrument.sources);
    this.afterSuccess = counts(instrument, true);
    this.afterFailure = counts(instrument, false);
  }

  record(context: MetricContext, succeeded: boolean, seconds: number): void {
    if (!(succeeded ? this.afterSuccess : this.afterFailure)) {
      return;
    }
    const labels = this.labels.of(context, succeeded);
    if (!labels.isNew) {
      labels.bound ??= boundRecord(this.instrument, labels.values, undefined);
      labels.bound.record(seconds);
      return;
    }
    labels.isNew = false;
    const { declaration, metric } = this.instrument;
    if (declaration.kind === 'counted') {
      (metric as Counter<string>).addTo(labels.values, 1);
    } else {
      (metric as Histogram<string>).observeIn(labels.values, seconds);
    }
  }
}
