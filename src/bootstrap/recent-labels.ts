import { evaluateLabel } from '../labels/evaluate-label.js';
import type { LabelValue, MetricContext } from '../labels/metric-context.js';
import type { ComputedSource, LabelSource } from './instrument.js';

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

/** A computed label: the next one hangs on it, since V8 walks a chain faster than two arrays. */
interface AskedLabel {
  readonly at: number;
  readonly source: ComputedSource;
  readonly next: AskedLabel | undefined;
}

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
  private readonly first: AskedLabel | undefined;
  private latest: RecentLabelSet<Bound>;
  private readonly kept: RecentLabelSet<Bound>[] = [];
  /** The place of the next one. */
  private next = 0;

  constructor(sources: readonly LabelSource[]) {
    this.first = sources.reduceRight<AskedLabel | undefined>(
      (next, source, at) => (typeof source === 'string' ? next : { at, source, next }),
      undefined,
    );
    const values: Values = sources.map((source) => (typeof source === 'string' ? source : NOT_ASKED));
    this.latest = { values: values as readonly LabelValue[], bound: undefined };
  }

  /** The label set of a call: the same object as before, where it is one of the last few. */
  of(context: MetricContext): RecentLabelSet<Bound> {
    let like = this.latest;
    for (let asked = this.first; asked !== undefined; asked = asked.next) {
      const value = evaluateLabel(asked.source.evaluate, context, asked.source.failed);
      if (value !== like.values[asked.at]) {
        const other = this.find(like.values, asked.at, value);
        if (other === undefined) {
          return this.keep(compute(like.values, asked, value, context));
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

  private keep(values: readonly LabelValue[]): RecentLabelSet<Bound> {
    const labels = { values, bound: undefined };
    this.latest = labels;
    this.kept[this.next] = labels;
    this.next = (this.next + 1) % KEPT;
    return labels;
  }
}

/** All values, of which those before that of `asked` are known. */
function compute(
  begin: Values,
  asked: AskedLabel,
  value: LabelValue,
  context: MetricContext,
): readonly LabelValue[] {
  // Copied whole: to add the values one by one costs more.
  const values = begin.slice() as LabelValue[];
  values[asked.at] = value;
  for (let { next } = asked; next !== undefined; next = next.next) {
    values[next.at] = evaluateLabel(next.source.evaluate, context, next.source.failed);
  }
  return values;
}
