import type { LabelColumn } from './label-column.js';
import type { SeriesTable } from './series-table.js';

/**
 * One reading of a metric's series, in the order they were made, without copies.
 *
 * What the package's own readers (writers of the exposition, the cluster's snapshots) use. The metric may
 * be recorded to, grow and shrink between two steps: a series that is new since the reading began is left
 * out, so that none comes twice; `cells` and `at` hold until the next record or step.
 */
export class SeriesCursor {
  /** Number of the series; another series may get it when this one is removed. */
  row = -1;
  /** Where the series' numbers are: from `cells[at]` on, as the metric's class tells. */
  cells: Float64Array = NOTHING;
  at = 0;
  readonly #table: SeriesTable;
  readonly #reading: number;
  /** What the text of the labels is joined from: a text before them, then by turns what is between, and the values. */
  readonly #pieces: string[];

  /** `trailing`: label text to come after the labels of each series. */
  constructor(table: SeriesTable, trailing = '') {
    this.#table = table;
    this.#reading = table.startReading();
    this.#pieces = ['', ...table.labelNames.flatMap((name, i) => [`${i > 0 ? '",' : ''}${name}="`, ''])];
    const end = trailing === '' ? '"' : `",${trailing}`;
    this.#pieces.push(table.labelNames.length > 0 ? end : trailing);
  }

  /** Goes to the next series; false at the end. */
  next(): boolean {
    const table = this.#table;
    for (let row = this.row + 1; row < table.rows.high; row++) {
      if (table.isIn(row, this.#reading)) {
        this.row = row;
        this.cells = table.rows.cells(row);
        this.at = table.rows.at(row);
        return true;
      }
    }
    this.row = Math.max(this.row, table.rows.high);
    return false;
  }

  /** The labels as both formats write them between braces, `a="x",b="y"`, with a text before them. */
  labelText(before = ''): string {
    const { columns, rows } = this.#table;
    this.#pieces[0] = before;
    for (let i = 0; i < columns.length; i++) {
      this.#pieces[2 * i + 2] = (columns[i] as LabelColumn).text(rows.key(this.row, i));
    }
    // Joined, not added up: it is copied into many lines, which is dear as long as it is in pieces.
    return this.#pieces.join('');
  }

  /** The values of the labels, in the order of `labelNames`. */
  labelValues(): string[] {
    const { columns, rows } = this.#table;
    return columns.map((column, i) => column.value(rows.key(this.row, i)));
  }
}

const NOTHING = new Float64Array(0);
