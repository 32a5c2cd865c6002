import { Counter, Gauge, Histogram, Summary } from '../series/index.js';
import type { SeriesTable } from '../series/series-table.js';
import type { SharedDefinition } from './protocol.js';

/** A metric whose numbers come from elsewhere: its table is open to those who put them together. */
export type JointMetric = (JointCounter | JointGauge | JointHistogram | JointSummary) & {
  readonly series: SeriesTable;
};

class JointCounter extends Counter<string> {
  readonly #name: string;

  constructor(options: ConstructorParameters<typeof Counter<string>>[0]) {
    super(options);
    this.#name = options.name;
  }

  /** A counter that a worker made straight with prom-client keeps its very name. */
  override get name(): string {
    return this.#name;
  }

  get series(): SeriesTable {
    return this.table;
  }
}

class JointGauge extends Gauge<string> {
  get series(): SeriesTable {
    return this.table;
  }
}

class JointHistogram extends Histogram<string> {
  get series(): SeriesTable {
    return this.table;
  }
}

class JointSummary extends Summary<string> {
  get series(): SeriesTable {
    return this.table;
  }
}

/** An empty metric of this definition. */
export function makeJoint(definition: SharedDefinition, labelNames = definition.labelNames): JointMetric {
  const { name, help, created, buckets } = definition;
  const options = { name, help, labelNames, created, maxSeries: Infinity };
  switch (definition.type) {
    case 'counter':
      return new JointCounter(options);
    case 'gauge':
      return new JointGauge(options);
    case 'histogram':
      return new JointHistogram({ ...options, buckets });
    case 'summary':
      return new JointSummary(options);
  }
}

/** Numbers in a series, the time it was made not among them. */
export function widthOf({ type, buckets }: SharedDefinition): number {
  return type === 'histogram' ? buckets.length + 2 : type === 'summary' ? 2 : 1;
}
