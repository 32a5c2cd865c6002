import type { Metric as PromMetric, Registry, RegistryContentType } from 'prom-client';
import type { Metric } from './metric.js';

/**
 * Puts a metric into a prom-client registry, which then shows it like one of prom-client's own.
 * Throws, as the registry does, where another metric has the name.
 */
export function registerMetric(registry: Registry<RegistryContentType>, metric: Metric): void {
  // The registry's contract is wider than its types, which ask for prom-client's own classes.
  registry.registerMetric(metric as unknown as PromMetric);
}
