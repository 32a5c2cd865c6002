import type { Registry, RegistryContentType } from 'prom-client';
import { Metric, type Aggregator, type MetricType } from '../series/index.js';
import type { ForeignAnswer } from './foreign-rows.js';

/** A metric in a registry: one of this package, or whatever other code has put there. */
export interface Source {
  name: string;
  help: string;
  type: MetricType;
  aggregator?: Aggregator;
  labelNames?: unknown;
  collect?: unknown;
  get(): Promise<ForeignAnswer>;
}

type OnError = (metric: string, error: unknown) => void;

/** For metrics of other code that have no collector, and still take their time. */
const FOREIGN_MS = 1000;

export const sourcesOf = (registry: Registry<RegistryContentType>): Source[] =>
  registry.getMetricsAsArray() as unknown as Source[];

/** What collectors gave. */
export interface Collected {
  /** Metrics of this package whose collectors have run. */
  readonly own: ReadonlySet<Source>;
  /** What the metrics of other code have. */
  readonly answers: ReadonlyMap<Source, ForeignAnswer>;
}

/**
 * What the metrics of other code have now. `collectMs`: runs the collectors of all metrics first, each of
 * which has so long; without it, between scrapes, no code of the app runs, since a collector may be dear.
 */
export async function collect(
  sources: readonly Source[],
  collectMs: number | undefined,
  onError: OnError,
): Promise<Collected> {
  const own = new Set<Source>();
  const answers = new Map<Source, ForeignAnswer>();
  const ask = async (source: Source): Promise<void> => {
    const isOwn = (source as unknown) instanceof Metric;
    if (collectMs === undefined && (isOwn || typeof source.collect === 'function')) {
      return;
    }
    try {
      if (isOwn) {
        await inTime((source as unknown as Metric).runCollect(), collectMs ?? 0);
        own.add(source);
      } else {
        const answer = await inTime(source.get(), collectMs ?? FOREIGN_MS);
        if (Array.isArray(answer?.values)) {
          answers.set(source, answer);
        }
      }
    } catch (error) {
      onError(source.name, error);
    }
  };
  await Promise.all(sources.map(ask));
  return { own, answers };
}

async function inTime<T>(answer: T | Promise<T>, ms: number): Promise<T> {
  if (!((answer as unknown) instanceof Promise)) {
    return answer;
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
