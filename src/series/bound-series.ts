import type { SeriesTable } from './series-table.js';
import type { LabelValue } from './types.js';

const NOTHING = new Float64Array(0);

/**
 * A label set's place in the store, looked up once and again only after the store says that rows may have
 * moved (`generation`). Its series is made by the first record, not before.
 */
export class BoundSeries {
  cells: Float64Array = NOTHING;
  at = 0;
  row = -1;
  readonly #table: SeriesTable;
  readonly #values: readonly LabelValue[];
  readonly #folded: () => void;
  #generation = 0;

  constructor(table: SeriesTable, values: readonly LabelValue[], folded: () => void) {
    this.#table = table;
    // A copy, since the caller may go on using its array.
    this.#values = [...values];
    this.#folded = folded;
  }

  /** To be called before each record: brings `cells`, `at` and `row` up to date. */
  locate(): void {
    if (this.#generation !== this.#table.generation) {
      this.#resolve();
    }
  }

  /** Adds to the first of the series' numbers: a counter's count, a gauge's value. */
  add(delta: number): void {
    this.locate();
    this.cells[this.at] = (this.cells[this.at] as number) + delta;
  }

  /** The values as labels, for a timer that adds to them. */
  labels(): Record<string, LabelValue> {
    return Object.fromEntries(this.#table.labelNames.map((name, i) => [name, this.#values[i]]));
  }

  #resolve(): void {
    const table = this.#table;
    const row = table.rowOfValues(this.#values);
    this.row = row < 0 ? ~row : row;
    this.cells = table.rows.cells(this.row);
    this.at = table.rows.at(this.row);
    if (row < 0) {
      // Folded: each record is to be told.
      this.#generation = 0;
      this.#folded();
    } else {
      // Read last: making the row may have moved others.
      this.#generation = table.generation;
    }
  }
}
