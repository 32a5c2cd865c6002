import type { MetricContext } from '../labels/metric-context.js';
import type { Counter, Histogram } from '../series/index.js';
import { boundRecord, type BoundRecord } from './bound-record.js';
import { counts, valueOf, type Instrument, type LabelSource } from './instrument.js';

/**
 * Records the calls of one method to a metric some of whose labels are computed. Most calls end like the one before:
 * to compare their label values with its, one by one, costs less than an array of them and a look into the metric's
 * table. A series is bound when it is asked for twice in a row, so that ever changing values bind none.
 */
export class ComputedRecord {
  /** Never written to: a label function may call the very method whose label it computes. */
  private latest: readonly string[] = [];
  private bound: BoundRecord | undefined = undefined;

  constructor(private readonly instrument: Instrument) {}

  record(context: MetricContext, succeeded: boolean, seconds: number): void {
    const { instrument } = this;
    if (!counts(instrument, succeeded)) {
      return;
    }
    const values = this.valuesLike(this.latest, context, succeeded);
    if (values === this.latest) {
      this.bound ??= boundRecord(instrument, values, undefined);
      this.bound.record(seconds);
      return;
    }
    this.latest = values;
    this.bound = undefined;
    if (instrument.declaration.kind === 'counted') {
      (instrument.metric as Counter<string>).addTo(values, 1);
    } else {
      (instrument.metric as Histogram<string>).observeIn(values, seconds);
    }
  }

  /** The label values of a call: `like` itself, where they are its. */
  private valuesLike(like: readonly string[], context: MetricContext, succeeded: boolean): readonly string[] {
    const { sources } = this.instrument;
    for (let i = 0; i < sources.length; i++) {
      const value = valueOf(sources[i] as LabelSource, context, succeeded);
      if (value !== like[i]) {
        // Copied whole: to add the values one by one costs more.
        const values = like.slice();
        values[i] = value;
        for (let j = i + 1; j < sources.length; j++) {
          values[j] = valueOf(sources[j] as LabelSource, context, succeeded);
        }
        return values;
      }
    }
    return like;
  }
}
