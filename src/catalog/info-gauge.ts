import type { LabelValue } from '../labels/metric-context.js';
import type { Gauge } from '../series/index.js';
import type { MetricCatalog } from './metric-catalog.js';

/** What an info gauge is called, and tells. */
export interface Info<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<L, LabelValue>>;
}

/** A gauge whose value is 1 and whose labels tell something; what it told before, it tells no longer. */
export function infoGauge<L extends string>(
  catalog: MetricCatalog,
  { name, help, labels }: Info<L>,
  declaredBy: string,
): Gauge<L> {
  const labelNames = Object.keys(labels) as L[];
  const gauge = catalog.gauge({ name, help, labelNames, anyOrder: true, aggregator: 'first' }, declaredBy);
  gauge.reset();
  gauge.set(labels as Parameters<Gauge<L>['set']>[0] & object, 1);
  return gauge;
}
