import type { Registry, RegistryContentType } from 'prom-client';
import { escapeLabelValue, wellFormed } from '../series/index.js';

export type AnyRegistry = Registry<RegistryContentType>;

/**
 * The labels that `setDefaultLabels()` has given a registry. It has no getter, but puts them on whatever
 * its list of metrics holds: so a registry derived from it is asked that holds one bare sample.
 */
export async function defaultLabelsOf(registry: AnyRegistry): Promise<Record<string, unknown>> {
  const probe = { get: () => Promise.resolve({ values: [{ labels: {}, value: 0 }] }) };
  const derived = Object.create(registry, { getMetricsAsArray: { value: () => [probe] } }) as AnyRegistry;
  const [metric] = (await derived.getMetricsAsJSON()) as unknown as {
    values: { labels: Record<string, unknown> }[];
  }[];
  return metric?.values[0]?.labels ?? {};
}

/** Labels as they stand between braces. */
export function labelText(labels: Record<string, unknown>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabelValue(wellFormed(String(value ?? '')))}"`)
    .join(',');
}
