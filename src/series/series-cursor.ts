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
  readonly #openings: readonly string[];

  constructor(table: SeriesTable) {
    this.#table = table;
    this.#reading = table.startReading();
    this.#openings = table.labelNames.map((name, i) => `${i > 0 ? '",' : ''}${name}="`);
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

  /** The labels as both formats write them between braces: `a="x",b="y"`. */
  labelText(): string {
    const openings = this.#openings;
    let text = '';
    for (let i = 0; i < openings.length; i++) {
      text += (openings[i] as string) + this.#column(i).text(this.#table.rows.key(this.row, i));
    }
    return openings.length > 0 ? `${text}"` : '';
  }

  /** The values of the labels, in the order of `labelNames`. */
  labelValues(): string[] {
    return this.#openings.map((_, i) => this.#column(i).value(this.#table.rows.key(this.row, i)));
  }

  #column(label: number): LabelColumn {
    return this.#table.columns[label] as LabelColumn;
  }
}

const NOTHING = new Float64Array(0);
