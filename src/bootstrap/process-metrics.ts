import {
  Registry,
  collectDefaultMetrics,
  type DefaultMetricsCollectorConfiguration,
  type Metric,
  type RegistryContentType,
} from 'prom-client';
import { processWide } from '../process-wide.js';

type Configuration = DefaultMetricsCollectorConfiguration<RegistryContentType>;

const made = processWide('process-metrics', () => new Map<string, readonly Metric[]>());

/**
 * Puts prom-client's process and Node.js metrics in a registry, besides those that are there already. They
 * tell of the process, and each set of them keeps an observer running, so all registries share one set.
 */
export function addProcessMetrics(
  registry: Registry<RegistryContentType>,
  configuration: Configuration,
): void {
  for (const metric of processMetrics(configuration)) {
    const { name } = metric as unknown as { name: string };
    const isThere = registry.getSingleMetric(name) ?? registry.getSingleMetric(`${name}_total`);
    if (isThere === undefined) {
      registry.registerMetric(metric);
    }
  }
}

function processMetrics(configuration: Configuration): readonly Metric[] {
  const { register: _register, ...settings } = configuration;
  const key = JSON.stringify(settings);
  let metrics = made.get(key);
  if (metrics === undefined) {
    const registry = new Registry();
    collectDefaultMetrics({ ...settings, register: registry });
    metrics = registry.getMetricsAsArray() as unknown as Metric[];
    made.set(key, metrics);
  }
  return metrics;
}
