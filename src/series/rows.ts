const CHUNK_BITS = 10;
const CHUNK_ROWS = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_ROWS - 1;
const FIRST_ROWS = 4;

/**
 * Rows of numbers, in chunks, so that growing never copies more than one chunk.
 *
 * A row has `width` cells, and keys: the number of its value for each label, then the reading after which
 * it was made (0 while it is free).
 */
export class Rows {
  /** Rows ever handed out; some may be free. */
  high = 0;
  /** Counts up when rows have moved to another array. */
  moves = 0;
  readonly width: number;
  readonly labels: number;
  readonly #keyWidth: number;
  readonly #cells: Float64Array[] = [];
  readonly #keys: Int32Array[] = [];
  readonly #free: number[] = [];

  constructor(width: number, labels: number) {
    this.width = width;
    this.labels = labels;
    this.#keyWidth = labels + 1;
  }

  /** The array with a row's cells. */
  cells(row: number): Float64Array {
    return this.#cells[row >> CHUNK_BITS] as Float64Array;
  }

  /** Where in that array its cells begin. */
  at(row: number): number {
    return (row & CHUNK_MASK) * this.width;
  }

  /** The array with a row's keys. */
  keys(row: number): Int32Array {
    return this.#keys[row >> CHUNK_BITS] as Int32Array;
  }

  /** Where in that array its keys begin. */
  keysAt(row: number): number {
    return (row & CHUNK_MASK) * this.#keyWidth;
  }

  key(row: number, label: number): number {
    return this.keys(row)[this.keysAt(row) + label] as number;
  }

  /** The reading after which the row was made; 0: it is free. */
  born(row: number): number {
    return this.key(row, this.labels);
  }

  /** Where among its keys that stands. */
  bornAt(row: number): number {
    return this.keysAt(row) + this.labels;
  }

  /** A row with these keys; what its cells hold, and when it was made, is left to the caller. */
  take(keys: Int32Array): number {
    const row = this.#free.pop() ?? this.#grow();
    this.keys(row).set(keys, this.keysAt(row));
    return row;
  }

  give(row: number): void {
    this.keys(row)[this.keysAt(row) + this.labels] = 0;
    this.#free.push(row);
  }

  /** Whole or not at all, where the stack is full. */
  #grow(): number {
    const row = this.high;
    const chunk = row >> CHUNK_BITS;
    const cells = this.#cells[chunk];
    const keys = this.#keys[chunk];
    const rows = cells === undefined ? 0 : cells.length / this.width;
    if ((row & CHUNK_MASK) >= rows) {
      // The first chunk doubles until it is full, since most metrics have few series.
      const size = chunk > 0 ? CHUNK_ROWS : this.labels === 0 ? 1 : Math.max(FIRST_ROWS, rows * 2);
      const moreCells = new Float64Array(size * this.width);
      const moreKeys = new Int32Array(size * this.#keyWidth);
      if (cells !== undefined && keys !== undefined) {
        moreCells.set(cells);
        moreKeys.set(keys);
        this.moves++;
      }
      this.#cells[chunk] = moreCells;
      this.#keys[chunk] = moreKeys;
    }
    this.high = row + 1;
    return row;
  }
}
