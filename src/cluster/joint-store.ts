import { Registry } from 'prom-client';
import { Gauge, registerMetric, type Metric } from '../series/index.js';
import { hold } from './held-metric.js';
import type { JointMetric } from './joint-metric.js';
import { JointSum } from './joint-sum.js';
import type { MemberMetrics } from './member-metrics.js';
import type { MetricDelta, SharedDefinition } from './protocol.js';
import { warnOnce } from './warn-once.js';

/**
 * The metrics of all members together. Increases are added as they come and stay, whoever ends: what a
 * scrape has shown never falls. All else is put together from what the living members have.
 */
export class JointStore {
  readonly #sums = new Map<string, JointSum>();

  /** One that can't be put together is left out, and holds up no other. */
  apply(member: MemberMetrics, delta: MetricDelta): void {
    try {
      this.#apply(member, delta);
    } catch (error) {
      leftOut(delta?.name, error);
    }
  }

  /** As it is now. */
  async registry(members: readonly MemberMetrics[], prefix: string, missing: number): Promise<Registry> {
    const registry = new Registry();
    const metrics: { metric: JointMetric; isForeign: boolean }[] = [];
    for (const { metric, definition } of this.#sums.values()) {
      metrics.push({ metric, isForeign: definition.isForeign });
    }
    const held = new Map<string, SharedDefinition>();
    for (const member of members) {
      for (const { definition } of member.metrics.values()) {
        const { name, scope } = definition;
        if (scope === 'sum') {
          continue;
        }
        const other = this.#sums.get(name)?.definition ?? held.get(name);
        if (other === undefined) {
          held.set(name, definition);
        } else if (other.type !== definition.type) {
          warnOfTwoTypes(other, definition);
        }
      }
    }
    for (const [name, { isForeign }] of held) {
      try {
        const metric = await hold(name, members);
        if (metric) {
          metrics.push({ metric, isForeign });
        }
      } catch (error) {
        leftOut(name, error);
      }
    }
    // Of two that have samples of one name the first is shown, and ours go before other code's.
    for (const { metric } of metrics.toSorted(
      (one, other) => Number(one.isForeign) - Number(other.isForeign),
    )) {
      registerMetric(registry, metric as Metric);
    }
    const gauge = new Gauge({
      name: `${prefix}exporter_workers_missing`,
      help: 'Workers that did not answer in time, whose last known values are in this scrape.',
    });
    gauge.set(missing);
    registerMetric(registry, gauge);
    return registry;
  }

  #apply(member: MemberMetrics, delta: MetricDelta): void {
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
    this.#sumFor(known.definition)?.add(known, delta);
  }

  #sumFor(definition: SharedDefinition): JointSum | undefined {
    const { name, type } = definition;
    const sum = this.#sums.get(name);
    if (sum === undefined) {
      const made = new JointSum(definition);
      this.#sums.set(name, made);
      return made;
    }
    if (sum.definition.type !== type) {
      warnOfTwoTypes(sum.definition, definition);
      return undefined;
    }
    return sum;
  }
}

const warnOfTwoTypes = ({ name, type }: SharedDefinition, other: SharedDefinition): void =>
  warnOnce(
    `The metric "${name}" is a ${type} in one worker and a ${other.type} in another: ` +
      'only the first is in the metrics of the cluster',
  );

export const leftOut = (name: string, error: unknown): void =>
  warnOnce(`The metric "${name}" is left out of the cluster's: ${(error as Error).message}`);
