import { Metric } from '../series/index.js';
import type { AnyRegistry } from './default-labels.js';

/** A sample as another's metric gives it; prom-client's may bear exemplars. */
export interface ForeignSample {
  readonly metricName?: string;
  readonly labels?: Record<string, unknown>;
  readonly value: number;
  readonly exemplar?: { labelSet: Record<string, unknown>; value: number; timestamp?: number } | null;
}

/** A metric that other code made, as far as a registry needs it. */
export interface ForeignMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  get(): unknown;
}

/** A metric of the registry, by the name it was registered under. */
export interface Source {
  readonly name: string;
  readonly metric: Metric | ForeignMetric;
}

/** What can be served: with their samples, which are of another's metrics alone, since ours are read from the store. */
export type Collected = ReadonlyMap<Source, readonly ForeignSample[]>;

export interface CollectOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onError: (metricName: string, error: unknown) => void;
}

/** All metrics of a registry, in its order. */
export function sourcesOf(registry: AnyRegistry): Source[] {
  const metrics = registry.getMetricsAsArray() as unknown as (Metric | ForeignMetric)[];
  return metrics.map((metric) => ({ name: trueNameOf(registry, metric), metric }));
}

/** prom-client's own OpenMetrics rendering takes `_total` off the names of counters, for good. */
function trueNameOf(registry: AnyRegistry, metric: Metric | ForeignMetric): string {
  const full = `${metric.name}_total`;
  const isRenamed =
    (registry.getSingleMetric(metric.name) as unknown) !== metric &&
    (registry.getSingleMetric(full) as unknown) === metric;
  return isRenamed ? full : metric.name;
}

/**
 * Runs all collectors at once and waits for them, no longer than the timeout. One that throws, rejects or
 * is late is reported once and disturbs no other: its metric is missing in what this gives, since old values
 * would look like new ones. What comes of a late one is dropped.
 */
export async function collect(sources: readonly Source[], options: CollectOptions): Promise<Collected> {
  const { timeoutMs, signal, onError } = options;
  const running = new Set(sources.filter(({ metric }) => !(metric instanceof Metric) || metric.hasCollect));
  const collected = new Map<Source, readonly ForeignSample[]>(
    sources.filter((source) => !running.has(source)).map((source) => [source, []]),
  );
  const answers = [...running].map(async (source) => {
    try {
      const samples = await samplesOf(source);
      if (running.delete(source)) {
        collected.set(source, samples);
      }
    } catch (error) {
      if (running.delete(source)) {
        onError(source.name, error);
      }
    }
  });
  await inTime(Promise.all(answers), timeoutMs, signal);
  const late = [...running];
  running.clear();
  signal?.throwIfAborted();
  for (const { name } of late) {
    onError(name, new Error(`no answer within ${timeoutMs} ms`));
  }
  return collected;
}

/** Others' samples; of a metric of ours none, since they are read from the store. */
async function samplesOf({ metric }: Source): Promise<readonly ForeignSample[]> {
  if (metric instanceof Metric) {
    await metric.runCollect();
    return [];
  }
  const data = (await metric.get()) as { values?: unknown } | undefined;
  if (!Array.isArray(data?.values)) {
    throw new TypeError('it gave no values');
  }
  return data.values as ForeignSample[];
}

/** Waits for the work, the timeout or the signal, whichever is first. */
async function inTime(
  work: Promise<unknown>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  let over = (): void => {};
  const deadline = new Promise<void>((resolve) => {
    over = resolve;
  });
  const timer = setTimeout(over, timeoutMs);
  signal?.addEventListener('abort', over);
  await Promise.race([work, deadline]);
  clearTimeout(timer);
  signal?.removeEventListener('abort', over);
}
