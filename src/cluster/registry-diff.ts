import type { Registry, RegistryContentType } from 'prom-client';
import { defaultLabelsOf } from '../exposition/default-labels.js';
import { Metric } from '../series/index.js';
import { DeltaBatch } from './delta-batch.js';
import { covers, ForeignRows, shapeOf, type ForeignAnswer } from './foreign-rows.js';
import { isProcessMetric, trueNameOf } from './process-metric-names.js';
import type { MetricDelta } from './protocol.js';
import { collect, sourcesOf, type Collected, type Source } from './registry-sources.js';
import { track, type Tracked } from './tracked-metric.js';

export interface RegistryDiffOptions {
  readonly registry: Registry<RegistryContentType>;
  readonly onCollectError: (metric: string, error: unknown) => void;
  /** The registry's default labels, as far as they are known yet. */
  readonly defaults: Record<string, unknown>;
  /** Where batches go; `hasMore`: another one is to follow as soon as this one was taken. */
  readonly send: (metrics: MetricDelta[], hasMore: boolean) => Promise<void>;
}

/** What has changed in a registry since it was sent. */
export class RegistryDiff {
  readonly #tracked = new Map<string, Tracked>();
  readonly #options: RegistryDiffOptions;
  readonly #batch = new DeltaBatch();
  /** The registry's default labels, and the same as text. */
  #defaults: Record<string, string> = {};
  #labels = '{}';

  constructor(options: RegistryDiffOptions) {
    this.#options = options;
    this.#label(options.defaults);
  }

  /** What there is to be asked for before `send()`; `collectMs`: runs collectors, each of which has so long. */
  collect(collectMs?: number): Promise<Collected> {
    const { registry, onCollectError } = this.#options;
    return collect(sourcesOf(registry), collectMs, onCollectError);
  }

  /** Sends all changes. */
  async send(collected: Collected): Promise<void> {
    const { registry } = this.#options;
    this.#label(await defaultLabelsOf(registry));
    for (const _ of this.#look(collected)) {
      await this.#flush(true);
    }
    await this.#flush(false);
  }

  #label(defaults: Record<string, unknown>): void {
    this.#defaults = Object.fromEntries(
      Object.entries(defaults).map(([name, value]) => [name, String(value)]),
    );
    this.#labels = JSON.stringify(this.#defaults);
  }

  /** Sends, at once, what has changed in our own metrics: for a process that is about to end. */
  sendOwn(): void {
    for (const _ of this.#look({ own: new Set(), answers: new Map() })) {
      void this.#flush(false);
    }
    void this.#flush(false);
  }

  /** Whether there are metrics that can only be read in a while. */
  get hasForeign(): boolean {
    return sourcesOf(this.#options.registry).some(
      (source) => !((source as unknown) instanceof Metric) && !isProcessMetric(source.name),
    );
  }

  *#look({ own, answers }: Collected): Generator<void> {
    const { registry } = this.#options;
    const names = new Set<string>();
    for (const source of sourcesOf(registry)) {
      const name = trueNameOf(source, (asked) => registry.getSingleMetric(asked));
      // prom-client omits the start time of the process, which is as good with the label "worker" as the others.
      if (source.type === 'gauge' && source.aggregator === 'omit' && !isProcessMetric(name)) {
        continue;
      }
      names.add(name);
      const answer = answers.get(source);
      if ((source as unknown) instanceof Metric) {
        const metric = source as unknown as Metric;
        // A gauge whose collector has given nothing has no value that is worth anything.
        if (metric.type !== 'gauge' || !metric.hasCollect || own.has(source)) {
          yield* this.#lookAtOwn(name, metric);
        }
      } else if (answer !== undefined) {
        yield* this.#lookAtForeign(name, source, answer);
      }
    }
    this.#drop(names);
  }

  *#lookAtOwn(name: string, metric: Metric): Generator<void> {
    const extra = Object.entries(this.#defaults).filter(([label]) => !metric.labelNames.includes(label));
    const known = this.#tracked.get(name);
    const tracked =
      known?.source === metric && known.defaults === this.#labels
        ? known
        : yield* this.#track(name, known, {
            source: metric,
            metric,
            defaults: this.#labels,
            labelNames: [...metric.labelNames, ...extra.map(([label]) => label)],
          });
    const extraValues = extra.map(([, value]) => value);
    const { generation } = metric;
    const isSame = tracked.generation === generation;
    const pass = tracked.diff.startPass();
    let delta = this.#open(tracked);
    for (const series = metric.read(); series.next();) {
      const size = tracked.diff.see(series.row, series.cells, series.at, {
        pass,
        isSame,
        delta,
        created: metric.created ? (series.cells[series.at + tracked.width] as number) : 0,
        values: () => [...series.labelValues(), ...extraValues],
      });
      this.#batch.grow(size);
      if (this.#batch.isFull) {
        this.#batch.close(delta);
        yield;
        delta = this.#open(tracked);
      }
    }
    if (!isSame) {
      tracked.diff.finish(pass, delta);
    }
    tracked.generation = generation;
    this.#batch.close(delta);
  }

  *#lookAtForeign(name: string, source: Source, answer: ForeignAnswer): Generator<void> {
    const withDefaults = {
      values: answer.values.map((one) => ({ ...one, labels: { ...this.#defaults, ...one.labels } })),
    };
    const shape = shapeOf(source.type, source, withDefaults);
    const known = this.#tracked.get(name);
    const isKnown =
      known?.source === source && known.foreign !== undefined && covers(known.foreign.shape, shape);
    const tracked =
      isKnown && known.defaults === this.#labels
        ? known
        : yield* this.#track(name, known, {
            source,
            foreign: new ForeignRows(name, source.type, shape),
            defaults: this.#labels,
            labelNames: shape.labelNames,
          });
    const foreign = tracked.foreign as ForeignRows;
    const pass = tracked.diff.startPass();
    let delta = this.#open(tracked);
    for (const row of foreign.read(withDefaults)) {
      const size = tracked.diff.see(row, foreign.cells[row] as Float64Array, 0, {
        pass,
        isSame: true,
        delta,
        created: 0,
        values: () => foreign.values[row] as readonly string[],
      });
      this.#batch.grow(size);
      if (this.#batch.isFull) {
        this.#batch.close(delta);
        yield;
        delta = this.#open(tracked);
      }
    }
    tracked.diff.finish(pass, delta).forEach((row) => foreign.drop(row));
    this.#batch.close(delta);
  }

  /** Begins a metric anew. Where it is one that was sent, under other labels, that is taken back first. */
  *#track(
    name: string,
    known: Tracked | undefined,
    of: Parameters<typeof track>[1],
  ): Generator<void, Tracked> {
    if (known && known.source === of.source && known.definition.scope === 'sum') {
      yield* this.#takeBack(known);
      // Whoever sent what there was in a pause may have begun it already.
      const begun = this.#tracked.get(name);
      if (begun && begun !== known) {
        return begun;
      }
    }
    const tracked = track(name, of);
    this.#tracked.set(name, tracked);
    return tracked;
  }

  *#takeBack(known: Tracked): Generator<void> {
    let delta = this.#open(known);
    for (const row of known.diff.rows()) {
      delta.isTakenBack = true;
      this.#batch.grow(known.diff.takeBack(row, delta));
      if (this.#batch.isFull) {
        yield;
        delta = this.#open(known);
      }
    }
    this.#batch.close(delta);
  }

  /** Gauges that are not in the registry any longer go; what was counted stays. */
  #drop(names: ReadonlySet<string>): void {
    for (const [name, { definition, isDefined }] of this.#tracked) {
      if (definition.scope !== 'sum' && !names.has(name)) {
        this.#tracked.delete(name);
        if (isDefined) {
          this.#batch.open(name).isDropped = true;
        }
      }
    }
  }

  #open(tracked: Tracked): MetricDelta {
    const definition = tracked.isDefined ? undefined : tracked.definition;
    tracked.isDefined = true;
    return this.#batch.open(tracked.definition.name, definition);
  }

  #flush(hasMore: boolean): Promise<void> | void {
    const deltas = this.#batch.take();
    return deltas.length > 0 ? this.#options.send(deltas, hasMore) : undefined;
  }
}
