import { wellFormed, type MetricType } from '../series/index.js';

/** What prom-client's metrics give, as far as it is needed here. */
export interface ForeignAnswer {
  readonly values: readonly {
    readonly metricName?: string;
    readonly labels?: Record<string, unknown>;
    readonly value: number;
  }[];
}

export interface ForeignShape {
  readonly labelNames: readonly string[];
  readonly buckets: readonly number[];
}

/** The samples of another's metric as rows of numbers, laid out like those of our own store. */
export class ForeignRows {
  readonly width: number;
  readonly cells: Float64Array[] = [];
  readonly values: (readonly string[])[] = [];
  readonly #rows = new Map<string, number>();
  readonly #free: number[] = [];

  constructor(
    readonly name: string,
    readonly type: MetricType,
    readonly shape: ForeignShape,
  ) {
    this.width = type === 'histogram' ? shape.buckets.length + 2 : type === 'summary' ? 2 : 1;
  }

  /** Rows of these samples; a row keeps its number for as long as its label set is there. */
  read(answer: ForeignAnswer): Set<number> {
    const seen = new Set<number>();
    for (const { metricName, labels = {}, value } of answer.values) {
      const cell = this.#cellOf(metricName, labels);
      if (cell === undefined) {
        continue;
      }
      const row = this.#rowOf(labels);
      const cells = this.cells[row] as Float64Array;
      if (!seen.has(row)) {
        seen.add(row);
        cells.fill(0);
      }
      cells[cell] = value;
    }
    if (this.type === 'histogram') {
      seen.forEach((row) => alone(this.cells[row] as Float64Array, this.shape.buckets.length));
    }
    return seen;
  }

  /** Forgets rows that nothing was read for. */
  drop(row: number): void {
    this.#rows.delete(JSON.stringify(this.values[row]));
    this.#free.push(row);
  }

  #cellOf(metricName: string | undefined, labels: Record<string, unknown>): number | undefined {
    const { buckets } = this.shape;
    switch (this.type) {
      case 'histogram':
        if (metricName?.endsWith('_bucket')) {
          const bound = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
          return bound === Infinity ? buckets.length : at(buckets.indexOf(bound));
        }
        return metricName?.endsWith('_sum') ? buckets.length + 1 : undefined;
      case 'summary':
        return metricName?.endsWith('_count') ? 0 : metricName?.endsWith('_sum') ? 1 : undefined;
      default:
        return 0;
    }
  }

  #rowOf(labels: Record<string, unknown>): number {
    const values = this.shape.labelNames.map((name) => wellFormed(String(labels[name] ?? '')));
    const key = JSON.stringify(values);
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#free.pop() ?? this.cells.length;
      this.#rows.set(key, row);
      this.cells[row] = new Float64Array(this.width);
      this.values[row] = values;
    }
    return row;
  }
}

/** Labels and bounds that all samples together have. */
export function shapeOf(
  type: MetricType,
  source: { labelNames?: unknown },
  answer: ForeignAnswer,
): ForeignShape {
  const own = type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : undefined;
  const names = new Set(Array.isArray(source.labelNames) ? source.labelNames.map(String) : []);
  const bounds = new Set<number>();
  for (const { labels = {} } of answer.values) {
    for (const name in labels) {
      if (name !== own) {
        names.add(name);
      }
    }
    if (type === 'histogram' && labels['le'] !== undefined && labels['le'] !== '+Inf') {
      bounds.add(Number(labels['le']));
    }
  }
  return { labelNames: [...names], buckets: [...bounds].filter(Number.isFinite).sort((a, b) => a - b) };
}

export const covers = (known: ForeignShape, shape: ForeignShape): boolean =>
  shape.labelNames.every((name) => known.labelNames.includes(name)) &&
  shape.buckets.every((bound) => known.buckets.includes(bound));

/** prom-client's buckets count what is below them too. */
function alone(cells: Float64Array, last: number): void {
  for (let i = last; i > 0; i--) {
    cells[i] = (cells[i] as number) - (cells[i - 1] as number);
  }
}

const at = (index: number): number | undefined => (index < 0 ? undefined : index);
