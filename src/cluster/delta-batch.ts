import type { MetricDelta, SharedDefinition } from './protocol.js';

/** Numbers and label values that one message carries, so that the hub never has to read long at once. */
const FULL = 2000;

/** What goes into the next message. */
export class DeltaBatch {
  #deltas: MetricDelta[] = [];
  #size = 0;

  get isFull(): boolean {
    return this.#size >= FULL;
  }

  /** Counts what was put into one of its deltas. */
  grow(size: number): void {
    this.#size += size;
  }

  /** A delta of one metric, in the batch from the beginning: what a pause leaves here is sent by whoever comes next. */
  open(name: string, definition?: SharedDefinition): MetricDelta {
    const delta: MetricDelta = { name, series: [], cells: [], gone: [], ...(definition && { definition }) };
    this.#deltas.push(delta);
    return delta;
  }

  /** Takes it out again where nothing came into it. */
  close(delta: MetricDelta): void {
    const { definition, series, cells, gone } = delta;
    if (!definition && series.length + cells.length + gone.length === 0 && this.#deltas.at(-1) === delta) {
      this.#deltas.pop();
    }
  }

  /** Everything in it, which is then gone. */
  take(): MetricDelta[] {
    const deltas = this.#deltas;
    this.#deltas = [];
    this.#size = 0;
    return deltas;
  }
}
