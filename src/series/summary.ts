import { inspect } from 'node:util';
import { checkPercentiles } from './buckets.js';
import type { ObserverChild } from './histogram.js';
import { Metric } from './metric.js';
import { checkMetricName } from './names.js';
import { QuantileSketches } from './quantile-sketches.js';
import { NO_LABELS } from './series-table.js';
import { startTimer } from './timer.js';
import type { EndTimer, LabelValue, LabelValues, MetricSample, SummaryOptions } from './types.js';

export type SummaryChild<L extends string = string> = ObserverChild<L>;

/**
 * The number and the sum of observations and, if `percentiles` are given, estimates of these quantiles.
 * Like prom-client's, it refuses NaN and infinities, which would spoil the sum for good.
 * A series' numbers: the count; the sum; then when it was made, if `created`.
 */
export class Summary<L extends string = string> extends Metric<L> {
  /** Quantiles that are estimated. */
  readonly percentiles: readonly number[];
  readonly #sketches: QuantileSketches | undefined;

  constructor(options: SummaryOptions<L, Summary<L>>) {
    checkMetricName(options.name);
    const percentiles = checkPercentiles(options.name, options.percentiles);
    super(options, { type: 'summary', width: 2, reservedLabel: 'quantile' });
    this.percentiles = percentiles;
    this.#sketches = percentiles.length > 0 ? new QuantileSketches({ ...options, percentiles }) : undefined;
  }

  /** Records one observation. Throws on what is no finite number and on unknown labels. */
  observe(labels: LabelValues<L>, value: number): void;
  observe(value: number): void;
  observe(labels: LabelValues<L> | number | null | undefined, value?: number): void {
    const named = typeof labels === 'object' && labels !== null;
    const seen = this.#number(named ? value : (labels ?? value));
    const row = this.row(named ? labels : NO_LABELS);
    this.#record(row, this.table.rows.cells(row), this.table.rows.at(row), seen);
  }

  /** The same by values in the order of `labelNames`, for a label set that is not expected soon again. */
  observeIn(values: readonly LabelValue[], value: number): void {
    const row = this.rowOfValues(values);
    this.#record(row, this.table.rows.cells(row), this.table.rows.at(row), this.#number(value));
  }

  /** Starts a timer whose end observes the seconds it took. */
  startTimer(labels?: LabelValues<L>): EndTimer<L> {
    return startTimer(labels, (all, seconds) => this.observe(all, seconds));
  }

  /** The series of a label set. */
  labels(labels: LabelValues<L>): SummaryChild<L>;
  labels(...values: LabelValue[]): SummaryChild<L>;
  labels(...args: [LabelValues<L>] | LabelValue[]): SummaryChild<L> {
    return this.child(this.valuesOf(args));
  }

  /** The same by values in the order of `labelNames`: the fastest way to record often. */
  child(values: readonly LabelValue[]): SummaryChild<L> {
    const series = this.bind(values);
    return {
      observe: (value) => {
        const seen = this.#number(value);
        series.locate();
        this.#record(series.row, series.cells, series.at, seen);
      },
      startTimer: (labels) => this.startTimer({ ...series.labels(), ...labels } as LabelValues<L>),
    };
  }

  /** Sets a series to what another process counted, whatever `maxSeries` says. */
  load(values: readonly LabelValue[], count: number, sum: number, created?: number): void {
    const row = this.table.rowOfValues(this.checkedValues(values), true);
    const cells = this.table.rows.cells(row);
    const at = this.table.rows.at(row);
    cells[at] = count;
    cells[at + 1] = sum;
    if (this.created && created !== undefined) {
      cells[at + 2] = created;
    }
  }

  /** The estimates for a series of a reading, as they are at the call; `undefined` without `percentiles`. */
  quantiles(row: number): Promise<readonly number[]> | undefined {
    return this.#sketches?.quantiles(row);
  }

  protected async samples(): Promise<MetricSample[]> {
    const { name, percentiles } = this;
    const samples: MetricSample[] = [];
    for (const series = this.read(); series.next();) {
      const labels = this.labelsOf(series);
      // Now, since the store may have moved when the estimates are there.
      const count = series.cells[series.at] as number;
      const sum = series.cells[series.at + 1] as number;
      const quantiles = await this.quantiles(series.row);
      quantiles?.forEach((value, i) => {
        samples.push({ labels: { quantile: percentiles[i] as number, ...labels }, value });
      });
      samples.push({ metricName: `${name}_sum`, labels: { ...labels }, value: sum });
      samples.push({ metricName: `${name}_count`, labels, value: count });
    }
    return samples;
  }

  protected override forget(row?: number): void {
    this.#sketches?.forget(row);
  }

  #record(row: number, cells: Float64Array, at: number, value: number): void {
    // First, since it alone may fail where the stack is full.
    this.#sketches?.observe(row, value);
    cells[at] = (cells[at] as number) + 1;
    cells[at + 1] = (cells[at + 1] as number) + value;
  }

  #number(value: unknown): number {
    if (typeof value !== 'number' || !(value > -Infinity && value < Infinity)) {
      throw new TypeError(`Summary "${this.name}" observes finite numbers, not ${inspect(value)}`);
    }
    return value;
  }
}
