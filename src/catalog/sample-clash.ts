import type { Registry, RegistryContentType } from 'prom-client';
import { openMetricsSuffixesOf, type MetricType } from '../series/index.js';

interface Named {
  readonly type: string;
  readonly name: string;
}

const TYPES: readonly MetricType[] = ['histogram', 'summary'];

/**
 * The other metrics of the registry that a metric would share the name of a sample with, such as a gauge `x_sum`
 * beside a histogram `x`: Prometheus and the Pushgateway refuse an exposition that has both.
 */
export function* clashesOf(registry: Registry<RegistryContentType>, { type, name }: Named): Generator<Named> {
  const find = (other: string): Named | undefined =>
    registry.getSingleMetric(other) as unknown as Named | undefined;
  for (const suffix of openMetricsSuffixesOf(type)) {
    const other = find(name + suffix);
    if (other !== undefined) {
      yield other;
    }
  }
  for (const owner of TYPES) {
    for (const suffix of openMetricsSuffixesOf(owner)) {
      const other = name.endsWith(suffix) ? find(name.slice(0, -suffix.length)) : undefined;
      if (other?.type === owner) {
        yield other;
      }
    }
  }
}
