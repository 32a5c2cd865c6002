import type { Registry, RegistryContentType } from 'prom-client';
import { sampleSuffixesOf, type MetricType } from '../series/index.js';

interface Named {
  readonly type: string;
  readonly name: string;
}

/** The `_created` of OpenMetrics is the metric's own as well, whether it is written or not. */
const claimsOf = (type: string): string[] => {
  const suffixes = sampleSuffixesOf(type);
  return suffixes.length > 0 ? [...suffixes, '_created'] : [];
};
const TYPES: readonly MetricType[] = ['histogram', 'summary'];

/**
 * Another metric of the registry that a metric would share the name of a sample with, such as a gauge `x_sum`
 * beside a histogram `x`: Prometheus and the Pushgateway refuse an exposition that has both.
 */
export function clashOf(registry: Registry<RegistryContentType>, { type, name }: Named): Named | undefined {
  const find = (other: string): Named | undefined =>
    registry.getSingleMetric(other) as unknown as Named | undefined;
  for (const suffix of claimsOf(type)) {
    const other = find(name + suffix);
    if (other !== undefined) {
      return other;
    }
  }
  for (const owner of TYPES) {
    for (const suffix of claimsOf(owner)) {
      const other = name.endsWith(suffix) ? find(name.slice(0, -suffix.length)) : undefined;
      if (other?.type === owner) {
        return other;
      }
    }
  }
  return undefined;
}
