import { makeJoint, widthOf, type JointMetric } from './joint-metric.js';
import { Layout } from './layout.js';
import type { JointRow, MemberMetric } from './member-metrics.js';
import { decodeCell, type MetricDelta, type SharedDefinition } from './protocol.js';

/** One metric whose increases are added up, whoever they come from. */
export class JointSum {
  metric: JointMetric;
  /** By the row that each has in the metric. */
  #rows: (JointRow | undefined)[] = [];

  constructor(readonly definition: SharedDefinition) {
    this.metric = makeJoint(definition);
  }

  /** Adds what a member has counted since. */
  add(from: MemberMetric, delta: MetricDelta): void {
    const layout = this.#layoutOf(from);
    for (const [row, values, since] of delta.series) {
      from.rows[row] = this.#rowOf(layout.values(values), since);
    }
    const { rows } = this.metric.series;
    const width = widthOf(from.definition);
    for (let i = 0; i < delta.cells.length; i += width + 1) {
      const joint = from.rows[delta.cells[i] as number];
      if (joint === undefined) {
        continue;
      }
      const cells = rows.cells(joint.row);
      const at = rows.at(joint.row);
      for (let j = 0; j < width; j++) {
        const cell = at + layout.cell(j);
        cells[cell] = (cells[cell] as number) + decodeCell(delta.cells[i + 1 + j]);
      }
    }
    if (delta.isTakenBack) {
      delta.gone.forEach((row) => this.#leave(from, row));
    }
  }

  #rowOf(values: readonly string[], since: number): JointRow {
    const { series, created } = this.metric;
    const row = series.rowOfValues(values, true);
    const joint = (this.#rows[row] ??= { row, members: 0 });
    joint.members++;
    if (created && since > 0) {
      const at = series.rows.at(row) + widthOf(this.definition);
      const cells = series.rows.cells(row);
      cells[at] = Math.min(cells[at] as number, since);
    }
    return joint;
  }

  /** A series that nobody ever had but a member that calls it otherwise now. */
  #leave(from: MemberMetric, row: number): void {
    const joint = from.rows[row];
    delete from.rows[row];
    if (joint && --joint.members === 0) {
      const series = this.metric.read();
      series.row = joint.row - 1;
      if (series.next() && series.row === joint.row) {
        this.metric.series.remove(series.labelValues());
      }
      this.#rows[joint.row] = undefined;
    }
  }

  #layoutOf(from: MemberMetric): Layout {
    const { labelNames } = from.definition;
    if (labelNames.some((label) => !this.metric.labelNames.includes(label))) {
      this.#widen(labelNames);
    }
    if (from.layout === undefined || from.labels !== this.metric.labelNames) {
      from.layout = new Layout(from.definition, this.metric.labelNames, this.definition.buckets);
      from.labels = this.metric.labelNames;
    }
    return from.layout;
  }

  /** Another release of the app may give a metric one label more. */
  #widen(labelNames: readonly string[]): void {
    const old = this.metric;
    const all = [...new Set([...old.labelNames, ...labelNames])];
    this.metric = makeJoint(this.definition, all);
    const to = this.metric.series;
    const layout = new Layout(
      { ...this.definition, labelNames: old.labelNames },
      all,
      this.definition.buckets,
    );
    const rows: (JointRow | undefined)[] = [];
    for (const series = old.read(); series.next();) {
      const row = to.rowOfValues(layout.values(series.labelValues()), true);
      const { width } = to.rows;
      to.rows.cells(row).set(series.cells.subarray(series.at, series.at + width), to.rows.at(row));
      const joint = this.#rows[series.row];
      if (joint) {
        joint.row = row;
        rows[row] = joint;
      }
    }
    this.#rows = rows;
  }
}
