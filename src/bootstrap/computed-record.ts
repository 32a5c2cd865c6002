import type { MetricContext } from '../labels/metric-context.js';
import type { Counter, Histogram } from '../series/index.js';
import { boundRecord, type BoundRecord } from './bound-record.js';
import { counts, type Instrument } from './instrument.js';
import { RecentLabels } from './recent-labels.js';

/** Label sets; `bound` is `null` where they came only once so far: ever changing ones are to bind nothing. */
type Labels = RecentLabels<BoundRecord | null>;

/** Records the calls of one method to a metric some of whose labels are computed. */
export class ComputedRecord {
  /** `undefined` where no calls that end so are to be recorded. */
  private readonly afterSuccess: Labels | undefined;
  private readonly afterFailure: Labels | undefined;

  constructor(private readonly instrument: Instrument) {
    this.afterSuccess = labelsOf(instrument, true);
    this.afterFailure = labelsOf(instrument, false);
  }

  record(context: MetricContext, succeeded: boolean, seconds: number): void {
    const labels = (succeeded ? this.afterSuccess : this.afterFailure)?.of(context);
    if (labels === undefined) {
      return;
    }
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

const labelsOf = (instrument: Instrument, succeeded: boolean): Labels | undefined =>
  counts(instrument, succeeded) ? new RecentLabels(instrument.sources(succeeded)) : undefined;
