import type { LabelValue, MetricContext } from '../labels/metric-context.js';
import type { Counter, Histogram } from '../series/index.js';
import { boundRecord, type BoundRecord } from './bound-record.js';
import { counts, valueOf, type Instrument, type LabelSource } from './instrument.js';

/** Like no value that a label function can give. */
const NOT_ASKED = Symbol('not asked yet');

/**
 * Records the calls of one method to a metric some of whose labels are computed. Most calls end like the one before:
 * to compare what their label functions gave, one by one, costs less than to make texts and an array of it and to
 * look into the metric's table. A series is bound when it is asked for twice in a row, so that ever changing values
 * bind none.
 */
export class ComputedRecord {
  /** Never written to: a label function may call the very method whose label it computes. */
  private latest: readonly (LabelValue | typeof NOT_ASKED)[];
  private bound: BoundRecord | undefined = undefined;
  private readonly sources: readonly LabelSource[];
  private readonly afterSuccess: boolean;
  private readonly afterFailure: boolean;

  constructor(
    private readonly instrument: Instrument,
    /** What the same calls are recorded to besides. */
    readonly next: ComputedRecord | undefined,
  ) {
    this.sources = instrument.sources;
    this.latest = this.sources.map((source) => (typeof source === 'string' ? source : NOT_ASKED));
    this.afterSuccess = counts(instrument, true);
    this.afterFailure = counts(instrument, false);
  }

  record(context: MetricContext, succeeded: boolean, seconds: number): void {
    if (!(succeeded ? this.afterSuccess : this.afterFailure)) {
      return;
    }
    const values = this.valuesLike(this.latest, context, succeeded);
    if (values === this.latest) {
      this.bound ??= boundRecord(this.instrument, values, undefined);
      this.bound.record(seconds);
      return;
    }
    this.latest = values;
    this.bound = undefined;
    const { declaration, metric } = this.instrument;
    if (declaration.kind === 'counted') {
      (metric as Counter<string>).addTo(values, 1);
    } else {
      (metric as Histogram<string>).observeIn(values, seconds);
    }
  }

  /** The label values of a call: `like` itself, where they are its. */
  private valuesLike(
    like: readonly (LabelValue | typeof NOT_ASKED)[],
    context: MetricContext,
    succeeded: boolean,
  ): readonly LabelValue[] {
    const { sources } = this;
    for (let i = 0; i < sources.length; i++) {
      const source = sources[i] as LabelSource;
      if (typeof source === 'string') {
        continue;
      }
      const value = source(context, succeeded);
      if (value !== like[i]) {
        // Copied whole: to add the values one by one costs more.
        const values = like.slice() as LabelValue[];
        values[i] = value;
        for (let j = i + 1; j < sources.length; j++) {
          values[j] = valueOf(sources[j] as LabelSource, context, succeeded);
        }
        return values;
      }
    }
    return like as readonly LabelValue[];
  }
}
