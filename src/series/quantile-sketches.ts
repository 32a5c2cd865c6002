import { Summary as PromSummary } from 'prom-client';

export interface SketchOptions {
  name: string;
  percentiles: readonly number[];
  maxAgeSeconds?: number;
  ageBuckets?: number;
}

/**
 * Estimates of quantiles by prom-client's own summaries, in no registry and one for each series, since
 * one with labels takes some label sets for each other.
 */
export class QuantileSketches {
  readonly #options: SketchOptions;
  #byRow: (PromSummary | undefined)[] = [];
  /** The first one, made at once: its code is loaded then, which can fail when something is observed. */
  #spare: PromSummary | undefined;

  constructor(options: SketchOptions) {
    this.#options = options;
    this.#spare = this.#make();
  }

  observe(row: number, value: number): void {
    (this.#byRow[row] ??= this.#take()).observe(value);
  }

  /** The estimates of one series; 0, as in prom-client, where nothing was observed. */
  async quantiles(row: number): Promise<readonly number[]> {
    const sketch = this.#byRow[row];
    const { percentiles } = this.#options;
    return sketch === undefined
      ? percentiles.map(() => 0)
      : (await sketch.get()).values.slice(0, percentiles.length).map(({ value }) => value);
  }

  /** Forgets one series, or all. */
  forget(row?: number): void {
    if (row === undefined) {
      this.#byRow = [];
    } else {
      this.#byRow[row] = undefined;
    }
  }

  #take(): PromSummary {
    const taken = this.#spare ?? this.#make();
    this.#spare = undefined;
    return taken;
  }

  #make(): PromSummary {
    const { name, percentiles, maxAgeSeconds, ageBuckets } = this.#options;
    return new PromSummary({
      name,
      help: name,
      registers: [],
      percentiles: [...percentiles],
      ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
      ...(ageBuckets !== undefined && { ageBuckets }),
    });
  }
}
