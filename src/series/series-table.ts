import { LabelColumn, wellFormed } from './label-column.js';
import type { LabelValue } from './types.js';

const CHUNK_BITS = 10;
const CHUNK_ROWS = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_ROWS - 1;
const FIRST_ROWS = 4;
const FOLDED = 'other';

const toValue = (value: LabelValue): string =>
  value === undefined || value === null ? '' : wellFormed(String(value));

export interface SeriesTableOptions {
  metric: string;
  labelNames: readonly string[];
  foldedLabels: readonly string[];
  maxSeries: number;
  /** Numbers that one series takes. */
  width: number;
  /** Tells that a series is new or back at zero, with the place of its numbers. */
  onFresh?: (cells: Float64Array, at: number) => void;
}

/**
 * The series of one metric: a row of numbers for each label set.
 *
 * A label set is found by the numbers of its values (`LabelColumn`), never by one joined string, so that
 * no two can be taken for each other. Rows lie in chunks, so that growing never copies more than one.
 */
export class SeriesTable {
  readonly labelNames: readonly string[];
  readonly width: number;
  columns: LabelColumn[];
  /** Chunks of rows of numbers. */
  cells: Float64Array[] = [];
  /** Counts up whenever a row may have moved, gone or been given to another label set. */
  generation = 1;
  /** Rows ever handed out since the last `clear`; some may be free. */
  high = 0;
  live = 0;

  readonly #options: SeriesTableOptions;
  readonly #keyWidth: number;
  readonly #folds: readonly boolean[];
  /** Chunks of rows of: one value number for each label, and the reading the row was made after (0: free). */
  #keys: Int32Array[] = [];
  #free: number[] = [];
  /** Open addressing with linear probing: row + 1, or 0. */
  #index = new Int32Array(8);
  /** Value numbers of the label set looked for. */
  readonly #wanted: Int32Array;
  #reading = 1;

  constructor(options: SeriesTableOptions) {
    this.#options = options;
    this.labelNames = options.labelNames;
    this.width = options.width;
    this.#keyWidth = this.labelNames.length + 1;
    this.#wanted = new Int32Array(this.labelNames.length);
    this.#folds = this.labelNames.map((name) => options.foldedLabels.includes(name));
    this.columns = this.labelNames.map(() => new LabelColumn());
    this.#makeUnlabelled();
  }

  /** The row of a label set, made where there is none. Where the set is folded: `~row` of the folded one. */
  rowOf(labels: object): number {
    const names = this.labelNames;
    let i = 0;
    for (const key in labels) {
      const at = key === names[i] ? i : names.indexOf(key);
      if (at < 0) {
        throw this.unknownLabel(key);
      }
      const value = (labels as Record<string, LabelValue>)[key];
      const id = typeof value === 'string' ? (this.columns[at] as LabelColumn).ids.get(value) : undefined;
      if (id === undefined) {
        return this.rowOfValues(this.valuesOf(labels));
      }
      this.#wanted[at] = id;
      i++;
    }
    if (i !== names.length) {
      return this.rowOfValues(this.valuesOf(labels));
    }
    const row = this.#find();
    return row >= 0 ? row : this.#add(this.valuesOf(labels), false);
  }

  /** The same by values in the order of `labelNames`. `unlimited` never folds. */
  rowOfValues(values: readonly LabelValue[], unlimited = false): number {
    const row = this.find(values);
    return row >= 0 ? row : this.#add(values, unlimited);
  }

  /** The row of a label set, or -1. */
  find(values: readonly LabelValue[]): number {
    const columns = this.columns;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as LabelColumn;
      const value = values[i];
      const id =
        (typeof value === 'string' ? column.ids.get(value) : undefined) ?? column.ids.get(toValue(value));
      if (id === undefined) {
        return -1;
      }
      this.#wanted[i] = id;
    }
    return this.#find();
  }

  /** Label values in the order of `labelNames`; throws on a label that the metric hasn't. */
  valuesOf(labels: object): string[] {
    const values = this.labelNames.map(() => '');
    for (const key in labels) {
      const at = this.labelNames.indexOf(key);
      if (at < 0) {
        throw this.unknownLabel(key);
      }
      values[at] = toValue((labels as Record<string, LabelValue>)[key]);
    }
    return values;
  }

  unknownLabel(label: string): Error {
    return new Error(
      `Metric "${this.#options.metric}" has no label "${label}"; it has ` +
        (this.labelNames.length > 0 ? this.labelNames.map((name) => `"${name}"`).join(', ') : 'none'),
    );
  }

  /** The chunk with a row's numbers. */
  chunk(row: number): Float64Array {
    return this.cells[row >> CHUNK_BITS] as Float64Array;
  }

  /** Where in its chunk a row's numbers begin. */
  offset(row: number): number {
    return (row & CHUNK_MASK) * this.width;
  }

  /** The number of a row's value for a label. */
  key(row: number, label: number): number {
    return (this.#keys[row >> CHUNK_BITS] as Int32Array)[
      (row & CHUNK_MASK) * this.#keyWidth + label
    ] as number;
  }

  /** Begins a reading: rows for which `isIn(row, reading)` holds were there before it. */
  startReading(): number {
    return ++this.#reading;
  }

  isIn(row: number, reading: number): boolean {
    const born = this.key(row, this.#keyWidth - 1);
    return born !== 0 && born < reading;
  }

  /** Puts a row's numbers back to zero. */
  zero(row: number): void {
    const cells = this.chunk(row);
    const at = this.offset(row);
    cells.fill(0, at, at + this.width);
    this.#options.onFresh?.(cells, at);
  }

  /** Takes a label set out; tells its row, or -1 where there was none. */
  remove(values: readonly LabelValue[]): number {
    const row = this.find(values);
    if (row < 0) {
      return -1;
    }
    this.#unlink(row);
    for (let i = 0; i < this.columns.length; i++) {
      (this.columns[i] as LabelColumn).release(this.key(row, i));
    }
    this.#setBorn(row, 0);
    this.#free.push(row);
    this.live--;
    this.generation++;
    return row;
  }

  /** Takes all label sets out; without labels, puts the one series back to zero. */
  clear(): void {
    this.columns = this.labelNames.map(() => new LabelColumn());
    this.cells = [];
    this.#keys = [];
    this.#free = [];
    this.#index = new Int32Array(8);
    this.high = 0;
    this.live = 0;
    this.generation++;
    this.#makeUnlabelled();
  }

  #makeUnlabelled(): void {
    if (this.labelNames.length === 0) {
      this.#add([], true);
    }
  }

  #add(values: readonly LabelValue[], unlimited: boolean): number {
    if (this.live >= this.#options.maxSeries && !unlimited) {
      const folded = values.map((value, i) => (this.#folds[i] ? FOLDED : toValue(value)));
      if (folded.some((value, i) => value !== toValue(values[i]))) {
        return ~this.rowOfValues(folded, true);
      }
    }
    for (let i = 0; i < this.columns.length; i++) {
      this.#wanted[i] = (this.columns[i] as LabelColumn).acquire(toValue(values[i]));
    }
    const row = this.#free.pop() ?? this.#grow();
    const keys = this.#keys[row >> CHUNK_BITS] as Int32Array;
    keys.set(this.#wanted, (row & CHUNK_MASK) * this.#keyWidth);
    this.#setBorn(row, this.#reading);
    this.live++;
    this.#link(row);
    this.zero(row);
    return row;
  }

  /** One more row. The first chunk doubles until it is full, since most metrics have few series. */
  #grow(): number {
    const row = this.high++;
    const chunk = row >> CHUNK_BITS;
    const cells = this.cells[chunk];
    const rows = cells === undefined ? 0 : cells.length / this.width;
    const at = row & CHUNK_MASK;
    if (at >= rows) {
      const size = chunk > 0 ? CHUNK_ROWS : this.labelNames.length === 0 ? 1 : Math.max(FIRST_ROWS, rows * 2);
      const grownCells = new Float64Array(size * this.width);
      const grownKeys = new Int32Array(size * this.#keyWidth);
      if (cells !== undefined) {
        grownCells.set(cells);
        grownKeys.set(this.#keys[chunk] as Int32Array);
        this.generation++;
      }
      this.cells[chunk] = grownCells;
      this.#keys[chunk] = grownKeys;
    }
    return row;
  }

  #setBorn(row: number, reading: number): void {
    (this.#keys[row >> CHUNK_BITS] as Int32Array)[(row & CHUNK_MASK) * this.#keyWidth + this.#keyWidth - 1] =
      reading;
  }

  /** The row of the label set in `#wanted`, or -1. */
  #find(): number {
    const wanted = this.#wanted;
    const index = this.#index;
    const mask = index.length - 1;
    let slot = hash(wanted, 0, wanted.length) & mask;
    for (;;) {
      const row = (index[slot] as number) - 1;
      if (row < 0) {
        return -1;
      }
      const keys = this.#keys[row >> CHUNK_BITS] as Int32Array;
      const at = (row & CHUNK_MASK) * this.#keyWidth;
      let i = 0;
      while (i < wanted.length && keys[at + i] === wanted[i]) {
        i++;
      }
      if (i === wanted.length) {
        return row;
      }
      slot = (slot + 1) & mask;
    }
  }

  #hashOf(row: number): number {
    return hash(
      this.#keys[row >> CHUNK_BITS] as Int32Array,
      (row & CHUNK_MASK) * this.#keyWidth,
      this.labelNames.length,
    );
  }

  #link(row: number): void {
    if (this.live * 4 > this.#index.length * 3) {
      const old = this.#index;
      this.#index = new Int32Array(old.length * 2);
      for (const entry of old) {
        if (entry > 0) {
          this.#put(entry - 1);
        }
      }
    }
    this.#put(row);
  }

  #put(row: number): void {
    const mask = this.#index.length - 1;
    let slot = this.#hashOf(row) & mask;
    while (this.#index[slot] !== 0) {
      slot = (slot + 1) & mask;
    }
    this.#index[slot] = row + 1;
  }

  /** Takes a row out of the index and moves up what was put behind it, so that no gap cuts a probe short. */
  #unlink(row: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let gap = this.#hashOf(row) & mask;
    while (index[gap] !== row + 1) {
      gap = (gap + 1) & mask;
    }
    for (let slot = (gap + 1) & mask; index[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashOf((index[slot] as number) - 1) & mask;
      if (((slot - home) & mask) >= ((slot - gap) & mask)) {
        index[gap] = index[slot] as number;
        gap = slot;
      }
    }
    index[gap] = 0;
  }
}

function hash(keys: Int32Array, at: number, length: number): number {
  let h = 0;
  for (let i = 0; i < length; i++) {
    h = Math.imul(h ^ (keys[at + i] as number), 0x9e3779b1);
    h ^= h >>> 15;
  }
  return h;
}
