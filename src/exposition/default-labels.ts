import type { Registry, RegistryContentType } from 'prom-client';
import { escapeLabelValue, isLabelName, wellFormed } from '../series/index.js';

export type AnyRegistry = Registry<RegistryContentType>;

/**
 * The labels that `setDefaultLabels()` has given a registry. It has no getter, but puts them on whatever
 * its list of metrics holds: so a registry derived from it is asked that holds one bare sample. Names that
 * no scraper would take are left out, since one of them would spoil every line.
 */
export async function defaultLabelsOf(registry: AnyRegistry): Promise<Record<string, unknown>> {
  const probe = { get: () => Promise.resolve({ values: [{ labels: {}, value: 0 }] }) };
  const derived = Object.create(registry, { getMetricsAsArray: { value: () => [probe] } }) as AnyRegistry;
  const [metric] = await derived.getMetricsAsJSON();
  return without(metric?.values[0]?.labels ?? {}, (name) => !isLabelName(name));
}

/** The default labels of a metric of this type; a label of its own wins, and those that the type writes. */
export function defaultLabelsBeside(
  defaultLabels: Record<string, unknown>,
  metric: { type: string; labelNames?: readonly string[] },
): Record<string, unknown> {
  const reserved = RESERVED[metric.type];
  return without(defaultLabels, (name) => name === reserved || metric.labelNames?.includes(name) === true);
}

const RESERVED: Record<string, string> = { histogram: 'le', summary: 'quantile' };

/** Labels as they stand between braces. */
export function labelText(labels: Record<string, unknown>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabelValue(wellFormed(String(value)))}"`)
    .join(',');
}

function without(labels: Record<string, unknown>, drop: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !drop(name)));
}
