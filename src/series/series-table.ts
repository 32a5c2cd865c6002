import { LabelColumn, wellFormed } from './label-column.js';
import { RowIndex, hashOf, mix } from './row-index.js';
import { Rows } from './rows.js';
import type { LabelValue } from './types.js';

const FOLDED = 'other';

/** Stands for labels that were left out. */
export const NO_LABELS = Object.freeze({});

/** The row of the one series of a metric without labels. */
const ONLY_ROW = 0;

const textOf = (value: LabelValue): string =>
  value === undefined || value === null ? '' : wellFormed(String(value));

export interface SeriesTableOptions {
  metric: string;
  labelNames: readonly string[];
  foldedLabels: readonly string[];
  maxSeries: number;
  /** Without labels: the one series is made by the first record. */
  absentAtFirst: boolean;
  /** Numbers that one series has. */
  width: number;
  /** Told where the numbers of a series are that is new or back at zero. */
  onZero?: (cells: Float64Array, at: number) => void;
}

/**
 * The series of one metric: a row of numbers for each label set.
 *
 * A label set is found by the numbers of its values (`LabelColumn`), never by one joined string, so that
 * no two can be taken for each other. At `maxSeries`, new label sets are folded: the values of
 * `foldedLabels` become `other`.
 */
export class SeriesTable {
  readonly labelNames: readonly string[];
  /** Counts up whenever a row may have moved, gone or been given to another label set. */
  generation = 1;
  live = 0;
  columns: readonly LabelColumn[] = [];
  rows: Rows;

  readonly #options: SeriesTableOptions;
  /** `labelNames` once more, since V8 reads a frozen array more slowly. */
  readonly #names: readonly string[];
  readonly #folds: boolean[];
  #index: RowIndex;
  /** The columns' numbers by value, one step nearer for the hot path. */
  #ids: readonly Map<string, number>[] = [];
  /** Value numbers of the label set that is looked for. */
  readonly #wanted: Int32Array;
  #reading = 1;

  constructor(options: SeriesTableOptions) {
    const { labelNames, foldedLabels, width } = options;
    this.#options = options;
    this.labelNames = labelNames;
    this.#names = [...labelNames];
    this.#folds = labelNames.map((name) => foldedLabels.includes(name));
    this.#wanted = new Int32Array(labelNames.length);
    this.rows = new Rows(width, labelNames.length);
    this.#index = new RowIndex(this.rows);
    this.clear();
  }

  /** The row of a label set, made where there is none; `~row` where the set is folded into that row. */
  rowOf(labels: object): number {
    const names = this.#names;
    if (labels === NO_LABELS && names.length === 0 && this.live > 0) {
      return ONLY_ROW;
    }
    const wanted = this.#wanted;
    const ids = this.#ids;
    let found = 0;
    let isInOrder = true;
    let hash = 0;
    for (const name in labels) {
      let label = found;
      if (name !== names[found]) {
        label = names.indexOf(name);
        isInOrder = false;
      }
      const value = (labels as Record<string, LabelValue>)[name];
      if (label < 0 || typeof value !== 'string') {
        return this.rowOfValues(this.valuesOf(labels));
      }
      const id = (ids[label] as Map<string, number>).get(value);
      if (id === undefined) {
        return this.rowOfValues(this.valuesOf(labels));
      }
      wanted[label] = id;
      hash = mix(hash, id);
      found++;
    }
    let row = -1;
    if (found === names.length) {
      row = this.#index.find(wanted, isInOrder ? hash : hashOf(wanted));
    }
    return row >= 0 ? row : this.rowOfValues(this.valuesOf(labels));
  }

  /** The same by values in the order of `labelNames`. `unlimited` never folds. */
  rowOfValues(values: readonly LabelValue[], unlimited = false): number {
    const row = this.find(values);
    return row >= 0 ? row : this.#add(values.map(textOf), unlimited);
  }

  /** The row of a label set, or -1. */
  find(values: readonly LabelValue[]): number {
    for (let i = 0; i < this.#ids.length; i++) {
      const ids = this.#ids[i] as Map<string, number>;
      const value = values[i];
      const id = (typeof value === 'string' ? ids.get(value) : undefined) ?? ids.get(textOf(value));
      if (id === undefined) {
        return -1;
      }
      this.#wanted[i] = id;
    }
    return this.#index.find(this.#wanted, hashOf(this.#wanted));
  }

  /** Label values in the order of `labelNames`; throws on a label that the metric hasn't. */
  valuesOf(labels: object): LabelValue[] {
    const values: LabelValue[] = this.labelNames.map(() => '');
    for (const name in labels) {
      const label = this.labelNames.indexOf(name);
      if (label < 0) {
        const known = this.labelNames.map((own) => `"${own}"`).join(', ') || 'none';
        throw new Error(`Metric "${this.#options.metric}" has no label "${name}"; it has ${known}`);
      }
      values[label] = (labels as Record<string, LabelValue>)[name];
    }
    return values;
  }

  /** From now on these labels too become `other` in folded label sets. */
  foldAlso(labels: readonly string[]): void {
    for (const name of labels) {
      this.#folds[this.labelNames.indexOf(name)] = true;
    }
  }

  /** Begins a reading: rows for which `isIn(row, reading)` holds were there before it. */
  startReading(): number {
    return ++this.#reading;
  }

  isIn(row: number, reading: number): boolean {
    const born = this.rows.born(row);
    return born !== 0 && born < reading;
  }

  /** Puts a row's numbers to zero. */
  zero(row: number): void {
    const cells = this.rows.cells(row);
    const at = this.rows.at(row);
    cells.fill(0, at, at + this.rows.width);
    this.#options.onZero?.(cells, at);
  }

  /** Takes a label set out; tells its row, or -1 where there was none. */
  remove(values: readonly LabelValue[]): number {
    const row = this.find(values);
    if (row >= 0) {
      this.#index.delete(row);
      this.columns.forEach((column, label) => column.release(this.rows.key(row, label)));
      this.rows.give(row);
      this.live--;
      this.generation++;
    }
    return row;
  }

  /** Takes all label sets out; without labels, puts the one series to zero. */
  clear(): void {
    this.columns = this.labelNames.map(() => new LabelColumn());
    this.#ids = this.columns.map((column) => column.ids);
    this.rows = new Rows(this.rows.width, this.labelNames.length);
    this.#index = new RowIndex(this.rows);
    this.live = 0;
    this.generation++;
    if (this.labelNames.length === 0 && !this.#options.absentAtFirst) {
      this.#add([], true);
    }
  }

  #add(values: readonly string[], unlimited: boolean): number {
    if (this.live >= this.#options.maxSeries && !unlimited) {
      const folded = values.map((value, i) => (this.#folds[i] ? FOLDED : value));
      if (folded.some((value, i) => value !== values[i])) {
        return ~this.rowOfValues(folded, true);
      }
    }
    this.columns.forEach((column, i) => {
      this.#wanted[i] = column.acquire(values[i] as string);
    });
    const row = this.#take();
    this.zero(row);
    const keys = this.rows.keys(row);
    const born = this.rows.bornAt(row);
    this.#index.add(row);
    // By assignments alone from here on, since nothing may fail now for want of stack: it can be found, so it is there.
    keys[born] = this.#reading;
    this.live++;
    return row;
  }

  #take(): number {
    const { moves } = this.rows;
    try {
      return this.rows.take(this.#wanted);
    } finally {
      if (this.rows.moves !== moves) {
        this.generation++;
      }
    }
  }
}
