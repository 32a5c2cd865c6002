import { Metric, type MetricData } from '../series/index.js';
import type { AnyRegistry } from './default-labels.js';

/** A metric of the registry, with what is needed to write it. */
export type Collected =
  | { readonly kind: 'own'; readonly name: string; readonly metric: Metric }
  | { readonly kind: 'foreign'; readonly name: string; readonly data: ForeignData };

/** What another's metric says of itself; prom-client's samples may bear exemplars. */
export interface ForeignData extends Pick<MetricData, 'help'> {
  readonly type: string;
  readonly values: readonly ForeignSample[];
}

export interface ForeignSample {
  readonly metricName?: string;
  readonly labels?: Record<string, unknown>;
  readonly value: number;
  readonly exemplar?: { labelSet: Record<string, unknown>; value: number; timestamp?: number } | null;
}

export interface CollectOptions {
  /** Which metrics are asked for. */
  readonly isWanted: (name: string, type: string) => boolean;
  readonly timeoutMs: number;
  readonly onError: (metricName: string, error: unknown) => void;
}

interface Source {
  name: string;
  type: string;
  get(): Promise<ForeignData>;
}

/**
 * Runs the collectors of all metrics at once. One that fails, or has not answered in time, is reported:
 * a metric of ours is then written with the values it has, another's left out.
 */
export async function collect(registry: AnyRegistry, options: CollectOptions): Promise<Collected[]> {
  const found = new Map<string, Collected | undefined>();
  const pending = new Map<string, Promise<void>>();
  let isOver = false;
  const fail = (name: string, error: unknown): void => {
    pending.delete(name);
    if (!isOver) {
      options.onError(name, error);
    }
  };
  for (const source of registry.getMetricsAsArray() as unknown as Source[]) {
    const name = trueNameOf(registry, source);
    if (!options.isWanted(name, source.type)) {
      continue;
    }
    const own = source instanceof Metric ? source : undefined;
    // The order of the registry, whoever answers first.
    found.set(name, own && { kind: 'own', name, metric: own });
    try {
      const answer = own ? own.runCollect() : source.get();
      if (answer) {
        const settled = Promise.resolve(answer).then((data) => {
          pending.delete(name);
          if (!own && !isOver) {
            found.set(name, { kind: 'foreign', name, data: checked(data) });
          }
        });
        pending.set(
          name,
          settled.catch((error: unknown) => fail(name, error)),
        );
      }
    } catch (error) {
      fail(name, error);
    }
  }
  await inTime([...pending.values()], options.timeoutMs);
  isOver = true;
  for (const name of pending.keys()) {
    options.onError(name, new Error(`no answer within ${options.timeoutMs} ms`));
  }
  return [...found.values()].filter((one) => one !== undefined);
}

/** prom-client's own OpenMetrics rendering takes `_total` off the names of counters, for good. */
function trueNameOf(registry: AnyRegistry, source: Source): string {
  const full = `${source.name}_total`;
  const isRenamed =
    (registry.getSingleMetric(source.name) as unknown) !== source &&
    (registry.getSingleMetric(full) as unknown) === source;
  return isRenamed ? full : source.name;
}

function checked(data: unknown): ForeignData {
  if (!Array.isArray((data as ForeignData | undefined)?.values)) {
    throw new TypeError('it gave no values');
  }
  return data as ForeignData;
}

async function inTime(pending: readonly Promise<void>[], timeoutMs: number): Promise<void> {
  if (pending.length === 0) {
    return;
  }
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([Promise.all(pending), deadline]);
  clearTimeout(timer);
}
