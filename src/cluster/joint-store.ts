import { Registry } from 'prom-client';
import { Gauge, registerMetric, type Metric } from '../series/index.js';
import { hold } from './held-metric.js';
import { Layout } from './layout.js';
import { makeJoint, widthOf, type JointMetric } from './joint-metric.js';
import type { MemberMetrics } from './member-metrics.js';
import { decodeCell, type MetricDelta, type SharedDefinition } from './protocol.js';

interface Sum {
  definition: SharedDefinition;
  metric: JointMetric;
}

/**
 * The metrics of all members together. Increases are added as they come and stay, whoever ends: what a
 * scrape has shown never falls. All else is put together from what the living members have.
 */
export class JointStore {
  readonly #sums = new Map<string, Sum>();
  readonly #warned = new Set<string>();

  apply(member: MemberMetrics, delta: MetricDelta): void {
    if (delta.definition) {
      member.define(delta.definition);
    }
    const known = member.metrics.get(delta.name);
    if (known === undefined) {
      return;
    }
    if (known.definition.scope !== 'sum') {
      member.hold(known, delta);
      return;
    }
    const sum = this.#sumFor(known.definition);
    if (sum === undefined) {
      return;
    }
    known.layout ??= new Layout(known.definition, sum.metric.labelNames, sum.definition.buckets);
    if (known.labels !== sum.metric.labelNames) {
      known.layout = new Layout(known.definition, sum.metric.labelNames, sum.definition.buckets);
      known.labels = sum.metric.labelNames;
    }
    this.#add(sum, known.rows, known.layout, widthOf(known.definition), delta);
  }

  /** As it is now. */
  async registry(members: readonly MemberMetrics[], prefix: string, missing: number): Promise<Registry> {
    const registry = new Registry();
    for (const { metric } of this.#sums.values()) {
      registerMetric(registry, metric as Metric);
    }
    const names = new Set<string>();
    for (const member of members) {
      for (const { definition } of member.metrics.values()) {
        if (definition.scope !== 'sum') {
          names.add(definition.name);
        }
      }
    }
    for (const name of names) {
      if (registry.getSingleMetric(name) === undefined) {
        registerMetric(registry, (await hold(name, members)) as Metric);
      }
    }
    const gauge = new Gauge({
      name: `${prefix}exporter_workers_missing`,
      help: 'Workers that did not answer in time, whose last known values are in this scrape.',
    });
    gauge.set(missing);
    registerMetric(registry, gauge);
    return registry;
  }

  #sumFor(definition: SharedDefinition): Sum | undefined {
    const { name, labelNames } = definition;
    const sum = this.#sums.get(name);
    if (sum === undefined) {
      const made = { definition, metric: makeJoint(definition) };
      this.#sums.set(name, made);
      return made;
    }
    if (sum.definition.type !== definition.type) {
      this.#warn(
        `The metric "${name}" is a ${sum.definition.type} in one worker and a ${definition.type} in another`,
      );
      return undefined;
    }
    if (labelNames.some((label) => !sum.metric.labelNames.includes(label))) {
      this.#widen(sum, labelNames);
    }
    return sum;
  }

  /** Another release of the app may give a metric one label more. Rows keep their numbers. */
  #widen(sum: Sum, labelNames: readonly string[]): void {
    const old = sum.metric;
    const all = [...new Set([...old.labelNames, ...labelNames])];
    sum.metric = makeJoint(sum.definition, all);
    const to = sum.metric.series;
    const layout = new Layout({ ...sum.definition, labelNames: old.labelNames }, all, sum.definition.buckets);
    for (const series = old.read(); series.next();) {
      const row = to.rowOfValues(layout.values(series.labelValues()), true);
      const { width } = to.rows;
      to.rows.cells(row).set(series.cells.subarray(series.at, series.at + width), to.rows.at(row));
    }
  }

  #add(sum: Sum, rows: number[], layout: Layout, width: number, delta: MetricDelta): void {
    const table = sum.metric.series;
    const created = sum.metric.created ? widthOf(sum.definition) : -1;
    for (const [row, values, since] of delta.series) {
      const joint = table.rowOfValues(layout.values(values), true);
      rows[row] = joint;
      if (created >= 0 && since > 0) {
        const at = table.rows.at(joint) + created;
        const cells = table.rows.cells(joint);
        cells[at] = Math.min(cells[at] as number, since);
      }
    }
    for (let i = 0; i < delta.cells.length; i += width + 1) {
      const joint = rows[delta.cells[i] as number];
      if (joint === undefined) {
        continue;
      }
      const cells = table.rows.cells(joint);
      const at = table.rows.at(joint);
      for (let j = 0; j < width; j++) {
        const cell = at + layout.cell(j);
        cells[cell] = (cells[cell] as number) + decodeCell(delta.cells[i + 1 + j]);
      }
    }
  }

  #warn(message: string): void {
    if (!this.#warned.has(message)) {
      this.#warned.add(message);
      process.emitWarning(`${message}: only the first is in the metrics of the cluster`, 'MetricsWarning');
    }
  }
}
