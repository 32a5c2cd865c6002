import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Aggregator } from '../series/index.js';
import { Layout } from './layout.js';
import { makeJoint, widthOf, type JointMetric } from './joint-metric.js';
import type { MemberMetric, MemberMetrics } from './member-metrics.js';

/** Series after which others on the event loop get their turn. */
const TURN = 1000;

/**
 * One gauge or process metric of the living members, put together from what each of them has; `undefined`
 * where the last that had it has just ended.
 */
export async function hold(
  name: string,
  members: readonly MemberMetrics[],
): Promise<JointMetric | undefined> {
  const parts: { member: MemberMetrics; part: MemberMetric }[] = [];
  for (const member of members) {
    const part = member.metrics.get(name);
    if (part && part.definition.scope !== 'sum') {
      parts.push({ member, part });
    }
  }
  if (parts[0] === undefined) {
    return undefined;
  }
  const first = parts[0].part.definition;
  const isProcess = first.scope === 'process';
  const labelNames = new Set(parts.flatMap(({ part }) => [...part.definition.labelNames]));
  if (isProcess) {
    labelNames.add('worker');
  }
  const names = [...labelNames];
  const worker = isProcess ? names.indexOf('worker') : -1;
  const metric = makeJoint(first, names);
  const counts = new Map<number, number>();
  let turn = 0;
  for (const { member, part } of parts) {
    if (part.definition.type !== first.type) {
      continue;
    }
    const layout = new Layout(part.definition, names, first.buckets);
    const width = widthOf(part.definition);
    for (const { values, cells } of part.held.values()) {
      const all = layout.values(values);
      if (worker >= 0) {
        all[worker] = member.label;
      }
      const row = metric.series.rowOfValues(all, true);
      const to = metric.series.rows.cells(row);
      const at = metric.series.rows.at(row);
      const count = counts.get(row) ?? 0;
      if (isProcess && count > 0) {
        // Each app of a process, with a registry of its own, tells the same of it.
        continue;
      }
      counts.set(row, count + 1);
      for (let i = 0; i < width; i++) {
        const cell = at + layout.cell(i);
        const value = cells[i] as number;
        to[cell] =
          first.type !== 'gauge'
            ? (to[cell] as number) + value
            : combine(first.aggregator, to[cell] as number, value, count);
      }
      if (++turn % TURN === 0) {
        await nextTurn();
      }
    }
  }
  return metric;
}

/** A gauge's value of one member more; `count` of them are in `so far`. */
function combine(aggregator: Aggregator, soFar: number, value: number, count: number): number {
  if (count === 0) {
    return value;
  }
  switch (aggregator) {
    case 'first':
      return soFar;
    case 'min':
      return Math.min(soFar, value);
    case 'max':
      return Math.max(soFar, value);
    case 'average':
      return soFar + (value - soFar) / (count + 1);
    default:
      return soFar + value;
  }
}
