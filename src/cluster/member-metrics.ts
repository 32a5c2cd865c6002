import type { Layout } from './layout.js';
import { widthOf } from './joint-metric.js';
import { decodeCell, type MetricDelta, type SharedDefinition } from './protocol.js';

export interface HeldSeries {
  readonly values: readonly string[];
  readonly cells: Float64Array;
}

/** A series of all members together: its row, and how many of their series are part of it. */
export interface JointRow {
  row: number;
  members: number;
}

/** What the hub has of one metric of one member. */
export interface MemberMetric {
  readonly definition: SharedDefinition;
  /** The joint series of each of the member's rows, where increases are added up. */
  readonly rows: JointRow[];
  readonly held: Map<number, HeldSeries>;
  layout: Layout | undefined;
  labels: readonly string[] | undefined;
}

/** What the hub has of one member. */
export class MemberMetrics {
  readonly metrics = new Map<string, MemberMetric>();
  hasEnded = false;

  /** `label`: the value of the label `worker`. */
  constructor(readonly label: string) {}

  define(definition: SharedDefinition): void {
    this.metrics.set(definition.name, {
      definition,
      rows: [],
      held: new Map(),
      layout: undefined,
      labels: undefined,
    });
  }

  hold({ definition, held }: MemberMetric, delta: MetricDelta): void {
    if (this.hasEnded) {
      return;
    }
    if (delta.isDropped) {
      this.metrics.delete(definition.name);
      return;
    }
    const width = widthOf(definition);
    delta.gone.forEach((row) => held.delete(row));
    for (const [row, values] of delta.series) {
      held.set(row, { values, cells: new Float64Array(width) });
    }
    for (let i = 0; i < delta.cells.length; i += width + 1) {
      const cells = held.get(delta.cells[i] as number)?.cells;
      if (cells) {
        for (let j = 0; j < width; j++) {
          cells[j] = decodeCell(delta.cells[i + 1 + j]);
        }
      }
    }
  }

  /** What it has counted stays; all else goes. */
  end(): void {
    this.hasEnded = true;
    for (const { definition, held } of this.metrics.values()) {
      if (definition.scope !== 'sum') {
        held.clear();
        this.metrics.delete(definition.name);
      }
    }
  }
}
