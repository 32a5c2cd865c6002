import { inspect } from 'node:util';
import { Metric } from './metric.js';
import { NO_LABELS } from './series-table.js';
import { settlePending } from './pending-records.js';
import { startTimer } from './timer.js';
import type { EndTimer, GaugeOptions, LabelValue, LabelValues, MetricSample } from './types.js';

/** One label set of a gauge; stays valid after `reset()` and `remove()`. */
export interface GaugeChild<L extends string = string> {
  inc(value?: number): void;
  dec(value?: number): void;
  set(value: number): void;
  setToCurrentTime(): void;
  startTimer(labels?: LabelValues<L>): EndTimer<L>;
}

/**
 * A value that goes up and down. Any number may be set, NaN and infinities too.
 * A series' numbers: the value.
 */
export class Gauge<L extends string = string> extends Metric<L> {
  /** Whether what is added to it may come later than it happened: then it is up to date before it is set. */
  lags = false;

  constructor(options: GaugeOptions<L, Gauge<L>>) {
    super({ ...options, created: false }, { type: 'gauge', width: 1 });
  }

  /** Sets the value. Throws on what is no number and on unknown labels. */
  set(labels: LabelValues<L>, value: number): void;
  set(value: number): void;
  set(labels: LabelValues<L> | number | null | undefined, value?: number): void {
    const named = typeof labels === 'object' && labels !== null;
    const next = this.#number(named ? value : (labels ?? value));
    this.#catchUp();
    const row = this.row(named ? labels : NO_LABELS);
    this.table.rows.cells(row)[this.table.rows.at(row)] = next;
  }

  /** Adds to the value, 1 by default. */
  inc(labels: LabelValues<L>, value?: number): void;
  inc(value?: number): void;
  inc(labels?: LabelValues<L> | number | null, value?: number): void {
    const named = typeof labels === 'object' && labels !== null;
    this.#add(named ? labels : NO_LABELS, this.#number((named ? value : (labels ?? value)) ?? 1));
  }

  /** Takes from the value, 1 by default. */
  dec(labels: LabelValues<L>, value?: number): void;
  dec(value?: number): void;
  dec(labels?: LabelValues<L> | number | null, value?: number): void {
    const named = typeof labels === 'object' && labels !== null;
    this.#add(named ? labels : NO_LABELS, -this.#number((named ? value : (labels ?? value)) ?? 1));
  }

  /** Sets the value to the epoch seconds of now. */
  setToCurrentTime(labels: LabelValues<L> = {}): void {
    this.set(labels, Date.now() / 1000);
  }

  /** Starts a timer whose end sets the value to the seconds it took. */
  startTimer(labels?: LabelValues<L>): EndTimer<L> {
    return startTimer(labels, (all, seconds) => this.set(all, seconds));
  }

  /** The series of a label set. */
  labels(labels: LabelValues<L>): GaugeChild<L>;
  labels(...values: LabelValue[]): GaugeChild<L>;
  labels(...args: [LabelValues<L>] | LabelValue[]): GaugeChild<L> {
    return this.child(this.valuesOf(args));
  }

  /** The same by values in the order of `labelNames`: the fastest way to record often. */
  child(values: readonly LabelValue[]): GaugeChild<L> {
    const series = this.bind(values);
    const set = (value: number): void => {
      const next = this.#number(value);
      this.#catchUp();
      series.locate();
      series.cells[series.at] = next;
    };
    return {
      inc: (value) => series.add(this.#number(value ?? 1)),
      dec: (value) => series.add(-this.#number(value ?? 1)),
      set,
      setToCurrentTime: () => set(Date.now() / 1000),
      startTimer: (labels) => this.startTimer({ ...series.labels(), ...labels } as LabelValues<L>),
    };
  }

  /** Sets a series' value to what another process has, whatever `maxSeries` says. */
  load(values: readonly LabelValue[], value: number): void {
    const row = this.table.rowOfValues(this.checkedValues(values), true);
    this.table.rows.cells(row)[this.table.rows.at(row)] = value;
  }

  protected samples(): MetricSample[] {
    const samples: MetricSample[] = [];
    for (const series = this.read(); series.next();) {
      samples.push({ value: series.cells[series.at] as number, labels: this.labelsOf(series) });
    }
    return samples;
  }

  #add(labels: object, delta: number): void {
    const row = this.row(labels);
    const cells = this.table.rows.cells(row);
    const at = this.table.rows.at(row);
    cells[at] = (cells[at] as number) + delta;
  }

  #catchUp(): void {
    if (this.lags) {
      settlePending();
    }
  }

  #number(value: unknown): number {
    if (typeof value !== 'number') {
      throw new TypeError(`Gauge "${this.name}" takes numbers, not ${inspect(value)}`);
    }
    return value;
  }
}
