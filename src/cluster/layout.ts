import type { SharedDefinition } from './protocol.js';

/** How a member's series of a metric fit into the joint one, which another member may have begun. */
export class Layout {
  readonly #labels: readonly number[];
  readonly #cells: readonly number[] | undefined;

  constructor(from: SharedDefinition, labelNames: readonly string[], buckets: readonly number[]) {
    this.#labels = labelNames.map((name) => from.labelNames.indexOf(name));
    this.#cells = String(from.buckets) === String(buckets) ? undefined : cellsOf(from.buckets, buckets);
  }

  values(values: readonly string[]): string[] {
    return this.#labels.map((label) => values[label] ?? '');
  }

  /** Where a member's number goes. */
  cell(index: number): number {
    return this.#cells === undefined ? index : (this.#cells[index] as number);
  }
}

/** A bucket's observations are in the first one that surely holds them all. */
function cellsOf(from: readonly number[], to: readonly number[]): number[] {
  const cells = from.map((bound) => {
    const found = to.findIndex((other) => other >= bound);
    return found < 0 ? to.length : found;
  });
  return [...cells, to.length, to.length + 1];
}
