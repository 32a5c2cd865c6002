import type { LabelValue, MetricContext } from '../labels/metric-context.js';
import { valueOf, type LabelSource } from './instrument.js';

/** How many label sets are kept. */
const KEPT = 4;
/** Like no value that a label function can give. */
const NOT_ASKED = Symbol('not asked yet');

type Values = readonly (LabelValue | typeof NOT_ASKED)[];

const beginsWith = (values: Values, begin: Values, length: number): boolean => {
  for (let i = 0; i < length; i++) {
    if (values[i] !== begin[i]) {
      return false;
    }
  }
  return true;
};

/** A label set that was computed lately. */
export interface RecentLabelSet<Bound> {
  /** Never written to: a label function may call the very method whose label it computes. */
  readonly values: readonly LabelValue[];
  /** What is bound to it: by who asked for it. */
  bound: Bound | undefined;
}

/**
 * Computes one metric's labels of the calls of one method, and knows the last few label sets again: to compare what label
 * functions gave, one by one, costs less than to make texts and an array of it and to look into a metric's table.
 */
export class RecentLabels<Bound> {
  private latest: RecentLabelSet<Bound>;
  private readonly kept: RecentLabelSet<Bound>[] = [];
  /** The place of the next one. */
  private next = 0;

  constructor(private readonly sources: readonly LabelSource[]) {
    const values: Values = sources.map((source) => (typeof source === 'string' ? source : NOT_ASKED));
    this.latest = { values: values as readonly LabelValue[], bound: undefined };
  }

  /** The label set of a call: the same object as before, where it is one of the last few. */
  of(context: MetricContext, succeeded: boolean): RecentLabelSet<Bound> {
    const { sources } = this;
    let like = this.latest;
    for (let i = 0; i < sources.length; i++) {
      const source = sources[i] as LabelSource;
      if (typeof source === 'string') {
        continue;
      }
      const value = source(context, succeeded);
      if (value !== like.values[i]) {
        const other = this.find(like.values, i, value);
        if (other === undefined) {
          return this.keep(this.compute(like.values, i, value, context, succeeded));
        }
        like = other;
      }
    }
    this.latest = like;
    return like;
  }

  /** One of those kept that begins with these values and has this one at `at`. */
  private find(begin: Values, at: number, value: LabelValue): RecentLabelSet<Bound> | undefined {
    for (let i = 0; i < this.kept.length; i++) {
      const one = this.kept[i] as RecentLabelSet<Bound>;
      if (one.values[at] === value && beginsWith(one.values, begin, at)) {
        return one;
      }
    }
    return undefined;
  }

  /** All values, of which those up to `at` are known. */
  private compute(
    begin: Values,
    at: number,
    value: LabelValue,
    context: MetricContext,
    succeeded: boolean,
  ): readonly LabelValue[] {
    // Copied whole: to add the values one by one costs more.
    const values = begin.slice() as LabelValue[];
    values[at] = value;
    for (let i = at + 1; i < values.length; i++) {
      values[i] = valueOf(this.sources[i] as LabelSource, context, succeeded);
    }
    return values;
  }

  private keep(values: readonly LabelValue[]): RecentLabelSet<Bound> {
    const labels = { values, bound: undefined };
    this.latest = labels;
    this.kept[this.next] = labels;
    this.next = (this.next + 1) % KEPT;
    return labels;
  }
}
