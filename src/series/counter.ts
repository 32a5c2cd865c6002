import { inspect } from 'node:util';
import { Metric } from './metric.js';
import { checkMetricName } from './names.js';
import { NO_LABELS } from './series-table.js';
import type { CounterOptions, LabelValue, LabelValues, MetricData, MetricSample } from './types.js';

const TOTAL = '_total';

/** One label set of a counter; stays valid after `reset()` and `remove()`. */
export interface CounterChild {
  /** Throws on a value that is negative or not finite. */
  inc(value?: number): void;
}

/**
 * A count that only goes up. Its name always ends in `_total`, added where it is missing (OpenMetrics 1.0).
 * A series' numbers: the count; then when it was made, if `created`.
 */
export class Counter<L extends string = string> extends Metric<L> {
  #nameless = false;

  constructor(options: CounterOptions<L, Counter<L>>) {
    checkMetricName(options.name);
    const name = options.name.endsWith(TOTAL) ? options.name : options.name + TOTAL;
    super({ ...options, name }, { type: 'counter', width: 1 });
  }

  override get name(): string {
    return super.name;
  }

  /**
   * prom-client's OpenMetrics rendering takes `_total` off a counter's name, for good, asks for its samples
   * at once, and puts `_total` behind what these are called. The name stays; only that one answer is without.
   */
  override set name(name: string) {
    if (name + TOTAL === this.name) {
      this.#nameless = true;
      queueMicrotask(() => {
        this.#nameless = false;
      });
    }
  }

  /** Adds to a label set's count, 1 by default. Throws on a negative or non-finite value and on unknown labels. */
  inc(labels: LabelValues<L>, value?: number): void;
  inc(value?: number): void;
  inc(labels?: LabelValues<L> | number | null, value?: number | null): void {
    const named = typeof labels === 'object' && labels !== null;
    const amount = this.#amount(named ? value : (labels ?? value));
    this.#add(this.row(named ? labels : NO_LABELS), amount);
  }

  /** The same by values in the order of `labelNames`, for a label set that is not expected soon again. */
  addTo(values: readonly LabelValue[], value: number): void {
    this.#add(this.rowOfValues(values), this.#amount(value));
  }

  /** The series of a label set. */
  labels(labels: LabelValues<L>): CounterChild;
  labels(...values: LabelValue[]): CounterChild;
  labels(...args: [LabelValues<L>] | LabelValue[]): CounterChild {
    return this.child(this.valuesOf(args));
  }

  /** The same by values in the order of `labelNames`: the fastest way to record often. */
  child(values: readonly LabelValue[]): CounterChild {
    const series = this.bind(values);
    return {
      inc: (value) => series.add(this.#amount(value)),
    };
  }

  /** Sets a series' count to what another process counted, whatever `maxSeries` says. */
  load(values: readonly LabelValue[], count: number, created?: number): void {
    const row = this.table.rowOfValues(this.checkedValues(values), true);
    const at = this.table.rows.at(row);
    this.table.rows.cells(row)[at] = count;
    if (this.created && created !== undefined) {
      this.table.rows.cells(row)[at + 1] = created;
    }
  }

  /** What prom-client's registry asks for where it is there, instead of `get()`. */
  async getForPromString(): Promise<MetricData> {
    const name = this.#nameless ? this.name.slice(0, -TOTAL.length) : this.name;
    this.#nameless = false;
    return { ...(await this.get()), name };
  }

  protected samples(): MetricSample[] {
    const samples: MetricSample[] = [];
    for (const series = this.read(); series.next();) {
      samples.push({ value: series.cells[series.at] as number, labels: this.labelsOf(series) });
    }
    return samples;
  }

  #add(row: number, amount: number): void {
    const cells = this.table.rows.cells(row);
    const at = this.table.rows.at(row);
    cells[at] = (cells[at] as number) + amount;
  }

  #amount(value: number | null | undefined): number {
    if (value === undefined || value === null) {
      return 1;
    }
    if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) {
      throw new TypeError(`Counter "${this.name}" can't be increased by ${inspect(value)}`);
    }
    return value;
  }
}
