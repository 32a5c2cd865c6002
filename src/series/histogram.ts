import { inspect } from 'node:util';
import { checkBuckets } from './buckets.js';
import { Metric } from './metric.js';
import { checkMetricName } from './names.js';
import { NO_LABELS } from './series-table.js';
import { startTimer } from './timer.js';
import type { EndTimer, HistogramOptions, LabelValue, LabelValues, MetricSample } from './types.js';

/** One label set of a histogram or summary; stays valid after `reset()` and `remove()`. */
export interface ObserverChild<L extends string = string> {
  /** Throws on what is no finite number. */
  observe(value: number): void;
  startTimer(labels?: LabelValues<L>): EndTimer<L>;
}
export type HistogramChild<L extends string = string> = ObserverChild<L>;

/**
 * Observations, counted by the first bucket whose upper bound they don't exceed, and their sum.
 * Like prom-client's, it refuses NaN and infinities, which would spoil the sum for good.
 * A series' numbers: the observations in each bucket alone (`buckets`, then +Inf); their sum; then when
 * it was made, if `created`.
 */
export class Histogram<L extends string = string> extends Metric<L> {
  /** Finite upper bounds. */
  readonly buckets: readonly number[];
  /** The same for the hot path, since V8 boxes each number of a frozen array. */
  readonly #bounds: Float64Array;

  constructor(options: HistogramOptions<L, Histogram<L>>) {
    checkMetricName(options.name);
    const buckets = checkBuckets(options.name, options.buckets);
    super(options, { type: 'histogram', width: buckets.length + 2, reservedLabel: 'le' });
    this.buckets = buckets;
    this.#bounds = Float64Array.from(buckets);
  }

  /** Records one observation. Throws on what is no finite number and on unknown labels. */
  observe(labels: LabelValues<L>, value: number): void;
  observe(value: number): void;
  observe(labels: LabelValues<L> | number | null | undefined, value?: number): void {
    const named = typeof labels === 'object' && labels !== null;
    const seen = this.#number(named ? value : (labels ?? value));
    const row = this.row(named ? labels : NO_LABELS);
    this.#record(this.table.rows.cells(row), this.table.rows.at(row), seen);
  }

  /** The same by values in the order of `labelNames`, for a label set that is not expected soon again. */
  observeIn(values: readonly LabelValue[], value: number): void {
    const row = this.rowOfValues(values);
    this.#record(this.table.rows.cells(row), this.table.rows.at(row), this.#number(value));
  }

  /** Starts a timer whose end observes the seconds it took. */
  startTimer(labels?: LabelValues<L>): EndTimer<L> {
    return startTimer(labels, (all, seconds) => this.observe(all, seconds));
  }

  /** The series of a label set. */
  labels(labels: LabelValues<L>): HistogramChild<L>;
  labels(...values: LabelValue[]): HistogramChild<L>;
  labels(...args: [LabelValues<L>] | LabelValue[]): HistogramChild<L> {
    return this.child(this.valuesOf(args));
  }

  /** The same by values in the order of `labelNames`: the fastest way to record often. */
  child(values: readonly LabelValue[]): HistogramChild<L> {
    const series = this.bind(values);
    return {
      observe: (value) => {
        const seen = this.#number(value);
        series.locate();
        this.#record(series.cells, series.at, seen);
      },
      startTimer: (labels) => this.startTimer({ ...series.labels(), ...labels } as LabelValues<L>),
    };
  }

  /**
   * Sets a series to what another process counted, whatever `maxSeries` says.
   * `counts`: the observations in each bucket alone, +Inf last.
   */
  load(values: readonly LabelValue[], counts: ArrayLike<number>, sum: number, created?: number): void {
    const row = this.table.rowOfValues(this.checkedValues(values), true);
    const cells = this.table.rows.cells(row);
    const at = this.table.rows.at(row);
    const buckets = this.buckets.length + 1;
    for (let i = 0; i < buckets; i++) {
      cells[at + i] = counts[i] ?? 0;
    }
    cells[at + buckets] = sum;
    if (this.created && created !== undefined) {
      cells[at + buckets + 1] = created;
    }
  }

  protected samples(): MetricSample[] {
    const { name, buckets } = this;
    const samples: MetricSample[] = [];
    for (const series = this.read(); series.next();) {
      const { cells, at } = series;
      const labels = this.labelsOf(series);
      let count = 0;
      for (let i = 0; i <= buckets.length; i++) {
        count += cells[at + i] as number;
        const le = buckets[i] ?? '+Inf';
        samples.push({ metricName: `${name}_bucket`, labels: { le, ...labels }, value: count });
      }
      const sum = cells[at + buckets.length + 1] as number;
      samples.push({ metricName: `${name}_sum`, labels: { ...labels }, value: sum });
      samples.push({ metricName: `${name}_count`, labels, value: count });
    }
    return samples;
  }

  #record(cells: Float64Array, at: number, value: number): void {
    const bounds = this.#bounds;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] as number)) {
      i++;
    }
    cells[at + i] = (cells[at + i] as number) + 1;
    const sum = at + bounds.length + 1;
    cells[sum] = (cells[sum] as number) + value;
  }

  #number(value: unknown): number {
    return Number.isFinite(value) ? (value as number) : this.#refuse(value);
  }

  #refuse(value: unknown): never {
    throw new TypeError(`Histogram "${this.name}" observes finite numbers, not ${inspect(value)}`);
  }
}
