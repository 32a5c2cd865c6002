import type { MetricType } from '../series/index.js';
import { encodeCell, type MetricDelta } from './protocol.js';

/** What a member has sent of one metric, and what of it has changed since. */
export class SeriesDiff {
  readonly #width: number;
  readonly #adds: boolean;
  readonly #counts: number;
  #sent = new Float64Array(0);
  readonly #values: (readonly string[] | undefined)[] = [];
  readonly #passes: number[] = [];
  #pass = 0;

  /** `adds`: increases are sent, else the numbers themselves. */
  constructor(type: MetricType, width: number, adds: boolean) {
    this.#width = width;
    this.#adds = adds;
    // The cells of which none falls unless the series began anew: a sum of observations may fall.
    this.#counts = type === 'counter' || type === 'summary' ? 1 : width - 1;
  }

  startPass(): number {
    return ++this.#pass;
  }

  /**
   * Looks at one series; `isSame` where its row can't have gone to another label set. What it has put into
   * the delta counts as sent.
   */
  see(row: number, cells: Float64Array, at: number, look: SeriesLook): number {
    const { delta, pass } = look;
    const before = delta.cells.length;
    const known = this.#values[row];
    if (known === undefined || (!look.isSame && !equal(known, look.values()))) {
      this.#values[row] = look.values();
      this.#reserve(row);
      this.#sent.fill(0, row * this.#width, (row + 1) * this.#width);
      delta.series.push([row, this.#values[row] as readonly string[], look.created]);
      this.#write(row, cells, at, delta, !this.#adds);
      this.#passes[row] = pass;
      return delta.cells.length - before + look.values().length + 1;
    }
    this.#passes[row] = pass;
    this.#write(row, cells, at, delta, false);
    return delta.cells.length - before;
  }

  /** Rows that a whole pass has not seen. */
  finish(pass: number, delta: MetricDelta): number[] {
    const gone: number[] = [];
    this.#values.forEach((values, row) => {
      if (values !== undefined && (this.#passes[row] ?? 0) < pass) {
        this.#values[row] = undefined;
        gone.push(row);
      }
    });
    delta.gone.push(...gone);
    return gone;
  }

  /** Rows that were sent, and are there. */
  *rows(): Generator<number> {
    for (let row = 0; row < this.#values.length; row++) {
      if (this.#values[row] !== undefined) {
        yield row;
      }
    }
  }

  /** Takes back all increases of a row, which is then unknown. */
  takeBack(row: number, delta: MetricDelta): number {
    const from = row * this.#width;
    this.#values[row] = undefined;
    delta.gone.push(row);
    delta.cells.push(row);
    for (let i = 0; i < this.#width; i++) {
      delta.cells.push(encodeCell(-(this.#sent[from + i] as number)));
    }
    return this.#width + 2;
  }

  #write(row: number, cells: Float64Array, at: number, delta: MetricDelta, always: boolean): void {
    const width = this.#width;
    const sent = this.#sent;
    const from = row * width;
    let isChanged = always;
    let isNew = !this.#adds;
    for (let i = 0; i < width; i++) {
      const value = cells[at + i] as number;
      const last = sent[from + i] as number;
      isChanged ||= !Object.is(value, last);
      isNew ||= i < this.#counts && value < last;
    }
    if (!isChanged) {
      return;
    }
    delta.cells.push(row);
    for (let i = 0; i < width; i++) {
      const value = cells[at + i] as number;
      const last = isNew ? 0 : (sent[from + i] as number);
      // Infinity less infinity would be no number.
      delta.cells.push(Object.is(value, last) ? 0 : encodeCell(value - last));
      sent[from + i] = value;
    }
  }

  #reserve(row: number): void {
    const needed = (row + 1) * this.#width;
    if (this.#sent.length < needed) {
      const larger = new Float64Array(Math.max(needed, this.#sent.length * 2));
      larger.set(this.#sent);
      this.#sent = larger;
    }
  }
}

export interface SeriesLook {
  readonly pass: number;
  readonly isSame: boolean;
  readonly delta: MetricDelta;
  readonly created: number;
  values(): readonly string[];
}

const equal = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
