import type { Registry, RegistryContentType } from 'prom-client';
import { defaultLabelsOf } from '../exposition/default-labels.js';
import { Histogram, Metric, type Aggregator, type MetricType } from '../series/index.js';
import { ForeignRows, covers, shapeOf, type ForeignAnswer } from './foreign-rows.js';
import { isProcessMetric, trueNameOf } from './process-metric-names.js';
import type { MetricDelta, SharedDefinition } from './protocol.js';
import { SeriesDiff } from './series-diff.js';

/** Numbers and label values that one message carries, so that the hub never has to read long at once. */
const BATCH = 6000;

interface Source {
  name: string;
  help: string;
  type: MetricType;
  aggregator?: Aggregator;
  labelNames?: unknown;
  collect?: unknown;
  get(): Promise<ForeignAnswer>;
}

interface Tracked {
  readonly source: unknown;
  readonly diff: SeriesDiff;
  readonly definition: SharedDefinition;
  readonly foreign: ForeignRows | undefined;
  generation: number;
  isDefined: boolean;
}

export interface RegistryDiffOptions {
  readonly registry: Registry<RegistryContentType>;
  readonly onCollectError: (metric: string, error: unknown) => void;
  /** Where batches go. */
  readonly send: (metrics: MetricDelta[]) => Promise<void>;
}

/** What has changed in a registry since it was sent. */
export class RegistryDiff {
  readonly #tracked = new Map<string, Tracked>();
  readonly #options: RegistryDiffOptions;
  #batch: MetricDelta[] = [];
  #size = 0;
  #defaults: Record<string, string> = {};

  constructor(options: RegistryDiffOptions) {
    this.#options = options;
  }

  /** Sends all changes; `collectMs`: runs collectors first, each of which has so long. */
  async send(collectMs?: number): Promise<void> {
    const { registry } = this.#options;
    const defaults = await defaultLabelsOf(registry);
    this.#defaults = Object.fromEntries(
      Object.entries(defaults).map(([name, value]) => [name, String(value)]),
    );
    const answers = new Map<Source, ForeignAnswer>();
    await Promise.all(this.#sources().map((source) => this.#ask(source, answers, collectMs)));
    for (const _ of this.#look(answers)) {
      await this.#flush();
    }
    await this.#flush();
  }

  /** Sends, at once, what has changed in our own metrics: for a process that is about to end. */
  sendOwn(): void {
    for (const _ of this.#look(new Map())) {
      void this.#flush();
    }
    void this.#flush();
  }

  /** Whether there are metrics that can only be read in a while. */
  get hasForeign(): boolean {
    return this.#sources().some((source) => !(source instanceof Metric) && !isProcessMetric(source.name));
  }

  #sources(): Source[] {
    return this.#options.registry.getMetricsAsArray() as unknown as Source[];
  }

  async #ask(
    source: Source,
    answers: Map<Source, ForeignAnswer>,
    collectMs: number | undefined,
  ): Promise<void> {
    const isOwn = (source as unknown) instanceof Metric;
    // Between scrapes no code of the app runs: a collector may be dear.
    if (collectMs === undefined && (isOwn || typeof source.collect === 'function')) {
      return;
    }
    try {
      if (isOwn) {
        await inTime((source as unknown as Metric).runCollect(), collectMs ?? 0);
      } else {
        const answer = await inTime(source.get(), collectMs ?? 1000);
        if (Array.isArray(answer?.values)) {
          answers.set(source, answer);
        }
      }
    } catch (error) {
      this.#options.onCollectError(source.name, error);
    }
  }

  *#look(answers: Map<Source, ForeignAnswer>): Generator<void> {
    const { registry } = this.#options;
    for (const source of this.#sources()) {
      const name = trueNameOf(source, (asked) => registry.getSingleMetric(asked));
      if (source.type === 'gauge' && source.aggregator === 'omit') {
        continue;
      }
      const answer = answers.get(source);
      if ((source as unknown) instanceof Metric) {
        yield* this.#lookAtOwn(name, source as unknown as Metric);
      } else if (answer !== undefined) {
        yield* this.#lookAtForeign(name, source, answer);
      }
    }
  }

  *#lookAtOwn(name: string, metric: Metric): Generator<void> {
    const extra = Object.entries(this.#defaults).filter(([label]) => !metric.labelNames.includes(label));
    const labelNames = [...metric.labelNames, ...extra.map(([label]) => label)];
    const known = this.#tracked.get(name);
    const tracked =
      known?.source === metric && String(known.definition.labelNames) === String(labelNames)
        ? known
        : this.#track(name, { source: metric, metric, labelNames });
    const width = widthOf(metric.type, tracked.definition.buckets.length);
    const extraValues = extra.map(([, value]) => value);
    const { generation } = metric;
    const isSame = tracked.generation === generation;
    const pass = tracked.diff.startPass();
    let delta = this.#open(tracked);
    for (const series = metric.read(); series.next();) {
      this.#size += tracked.diff.see(series.row, series.cells, series.at, {
        pass,
        isSame,
        delta,
        created: metric.created ? (series.cells[series.at + width] as number) : 0,
        values: () => [...series.labelValues(), ...extraValues],
      });
      if (this.#size >= BATCH) {
        this.#close(delta);
        yield;
        delta = this.#open(tracked);
      }
    }
    if (!isSame) {
      tracked.diff.finish(pass, delta);
    }
    tracked.generation = generation;
    this.#close(delta);
  }

  *#lookAtForeign(name: string, source: Source, answer: ForeignAnswer): Generator<void> {
    const withDefaults = {
      values: answer.values.map((one) => ({ ...one, labels: { ...this.#defaults, ...one.labels } })),
    };
    const shape = shapeOf(source.type, source, withDefaults);
    const known = this.#tracked.get(name);
    const tracked =
      known?.source === source && known.foreign && covers(known.foreign.shape, shape)
        ? known
        : this.#track(name, { source, foreign: new ForeignRows(name, source.type, shape) });
    const foreign = tracked.foreign as ForeignRows;
    const pass = tracked.diff.startPass();
    let delta = this.#open(tracked);
    for (const row of foreign.read(withDefaults)) {
      this.#size += tracked.diff.see(row, foreign.cells[row] as Float64Array, 0, {
        pass,
        isSame: true,
        delta,
        created: 0,
        values: () => foreign.values[row] as readonly string[],
      });
      if (this.#size >= BATCH) {
        this.#close(delta);
        yield;
        delta = this.#open(tracked);
      }
    }
    tracked.diff.finish(pass, delta).forEach((row) => foreign.drop(row));
    this.#close(delta);
  }

  #track(
    name: string,
    of: { source: unknown; metric?: Metric; labelNames?: string[]; foreign?: ForeignRows },
  ): Tracked {
    const { help, type, aggregator = 'sum' } = of.source as Source;
    const buckets = of.foreign?.shape.buckets ?? (of.metric instanceof Histogram ? of.metric.buckets : []);
    const isProcess = of.foreign !== undefined && isProcessMetric(name);
    const scope = isProcess ? 'process' : type === 'gauge' ? 'gauge' : 'sum';
    const tracked: Tracked = {
      source: of.source,
      foreign: of.foreign,
      diff: new SeriesDiff(type, widthOf(type, buckets.length), scope === 'sum'),
      definition: {
        name,
        help,
        type,
        aggregator,
        scope,
        buckets,
        labelNames: of.foreign?.shape.labelNames ?? of.labelNames ?? [],
        created: of.metric?.created ?? false,
      },
      generation: -1,
      isDefined: false,
    };
    this.#tracked.set(name, tracked);
    return tracked;
  }

  #open(tracked: Tracked): MetricDelta {
    const delta: MetricDelta = { name: tracked.definition.name, series: [], cells: [], gone: [] };
    if (!tracked.isDefined) {
      tracked.isDefined = true;
      delta.definition = tracked.definition;
    }
    // In the batch from the beginning: what a pause leaves here is sent by whoever comes next.
    this.#batch.push(delta);
    return delta;
  }

  #close(delta: MetricDelta): void {
    const isEmpty = !delta.definition && delta.series.length + delta.cells.length + delta.gone.length === 0;
    if (isEmpty && this.#batch.at(-1) === delta) {
      this.#batch.pop();
    }
  }

  #flush(): Promise<void> | void {
    const batch = this.#batch;
    this.#batch = [];
    this.#size = 0;
    return batch.length > 0 ? this.#options.send(batch) : undefined;
  }
}

function widthOf(type: MetricType, buckets: number): number {
  return type === 'histogram' ? buckets + 2 : type === 'summary' ? 2 : 1;
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
