import type { Registry, RegistryContentType } from 'prom-client';
import { labelNameFault } from '../labels/label-name.js';
import { processWide } from '../process-wide.js';
import { Counter, Gauge, Histogram, Summary, registerMetric, type MetricType } from '../series/index.js';
import { clashesOf } from './sample-clash.js';
import { differenceOf, fullName, unknownKeyOf, type MetricSpec } from './metric-spec.js';

export type AnyMetric = Counter<string> | Gauge<string> | Histogram<string> | Summary<string>;

/** Sets a metric's values right before a scrape reads them; may be async. */
export type Collect<M = AnyMetric> = (metric: M) => void | Promise<void>;

/** One app's hold on the metrics that it uses. */
export interface CatalogOwner {
  /** `false` from the app's shutdown on. */
  alive: boolean;
  readonly maxSeries: number;
  readonly createdTimestamps: boolean;
  /** A record went to a folded label set of this metric. */
  onFolded(metricName: string): void;
}

interface Entry {
  readonly type: MetricType;
  readonly spec: MetricSpec;
  readonly metric: AnyMetric;
  /** Who declared it, for each owner. */
  readonly owners: Map<CatalogOwner, { declaredBy: Set<string>; collect: Collect | undefined }>;
}

type AnyRegistry = Registry<RegistryContentType>;

const BY_OTHER_CODE =
  'put there by other code: choose another name ("http.prefix" goes before the names of HTTP metrics) or another "registry"' +
  ' (prom-client\'s process metrics: see "processMetrics")';

const entriesOf = processWide('catalog', () => new WeakMap<AnyRegistry, Map<string, Entry>>());

/**
 * Where all metrics of this package come from. Apps that share a registry share its metrics: an app that
 * is built again goes on counting, and what closed apps alone declared may be declared anew.
 */
export class MetricCatalog {
  private readonly entries: Map<string, Entry>;

  constructor(
    readonly registry: AnyRegistry,
    private readonly owner: CatalogOwner,
  ) {
    this.entries = entriesOf.get(registry) ?? new Map<string, Entry>();
    entriesOf.set(registry, this.entries);
  }

  counter<L extends string>(
    spec: MetricSpec<L>,
    declaredBy: string,
    collect?: Collect<Counter<L>>,
  ): Counter<L> {
    return this.acquire('counter', spec, declaredBy, collect as Collect | undefined) as unknown as Counter<L>;
  }

  gauge<L extends string>(spec: MetricSpec<L>, declaredBy: string, collect?: Collect<Gauge<L>>): Gauge<L> {
    return this.acquire('gauge', spec, declaredBy, collect as Collect | undefined) as unknown as Gauge<L>;
  }

  histogram<L extends string>(
    spec: MetricSpec<L>,
    declaredBy: string,
    collect?: Collect<Histogram<L>>,
  ): Histogram<L> {
    return this.acquire(
      'histogram',
      spec,
      declaredBy,
      collect as Collect | undefined,
    ) as unknown as Histogram<L>;
  }

  summary<L extends string>(
    spec: MetricSpec<L>,
    declaredBy: string,
    collect?: Collect<Summary<L>>,
  ): Summary<L> {
    return this.acquire('summary', spec, declaredBy, collect as Collect | undefined) as unknown as Summary<L>;
  }

  /** Lets go of all metrics; they stay in the registry, with their values. */
  release(): void {
    for (const entry of this.entries.values()) {
      entry.owners.delete(this.owner);
    }
  }

  private acquire(
    type: MetricType,
    given: MetricSpec,
    declaredBy: string,
    collect: Collect | undefined,
  ): AnyMetric {
    const spec = { ...given, name: fullName(type, given.name) };
    const entry = this.find({ type, spec }, declaredBy) ?? this.create(type, spec, declaredBy);
    entry.metric.foldAlso(spec.foldedLabels ?? spec.labelNames ?? []);
    if (!this.owner.alive) {
      return entry.metric;
    }
    if (collect !== undefined) {
      const { owners, metric } = entry;
      metric.collectBy(() => collectAll(owners, metric));
    }
    const held = entry.owners.get(this.owner);
    if (held) {
      held.declaredBy.add(declaredBy);
      held.collect = collect ?? held.collect;
    } else {
      entry.owners.set(this.owner, { declaredBy: new Set([declaredBy]), collect });
    }
    return entry.metric;
  }

  private find(wanted: { type: MetricType; spec: MetricSpec }, declaredBy: string): Entry | undefined {
    const { name } = wanted.spec;
    const entry = this.entries.get(name);
    const registered = this.registry.getSingleMetric(name) as unknown;
    if (entry === undefined || registered !== entry.metric) {
      if (registered !== undefined) {
        throw new Error(
          `Metric "${name}", declared by ${declaredBy}, is in the registry already, ${BY_OTHER_CODE}`,
        );
      }
      return undefined;
    }
    const difference = differenceOf(entry, wanted);
    if (difference === undefined) {
      return entry;
    }
    const others = livingDeclarers(entry);
    if (others.length > 0) {
      throw new Error(
        `Metric "${name}" has two definitions, by ${others.join(', ')} and by ${declaredBy}: ` +
          `they differ in ${difference}`,
      );
    }
    this.registry.removeSingleMetric(name);
    return undefined;
  }

  /** Makes room for the samples of a metric, as far as only closed apps need it. */
  private claimSamples(wanted: { type: MetricType; name: string }, declaredBy: string): void {
    for (const other of clashesOf(this.registry, wanted)) {
      const entry = this.entries.get(other.name);
      const isOurs = entry !== undefined && (entry.metric as unknown) === other;
      const declarers = isOurs ? livingDeclarers(entry) : [];
      if (!isOurs || declarers.length > 0) {
        throw new Error(
          `Metric "${wanted.name}" (${wanted.type}), declared by ${declaredBy}, and metric "${other.name}" (${other.type}), ` +
            `${isOurs ? `declared by ${declarers.join(', ')}` : BY_OTHER_CODE}, have samples of one name`,
        );
      }
      this.registry.removeSingleMetric(other.name);
    }
  }

  private create(type: MetricType, spec: MetricSpec, declaredBy: string): Entry {
    const unknown = unknownKeyOf(type, spec);
    if (unknown !== undefined) {
      throw new TypeError(
        `Metric "${spec.name}", declared by ${declaredBy}: a ${type} has no option "${unknown}"`,
      );
    }
    for (const label of spec.labelNames ?? []) {
      const fault = labelNameFault(label);
      if (fault) {
        throw new Error(`Metric "${spec.name}", declared by ${declaredBy}: ${fault}`);
      }
    }
    this.claimSamples({ type, name: spec.name }, declaredBy);
    const owners: Entry['owners'] = new Map();
    const entry: Entry = { type, spec, owners, metric: this.make(type, spec, declaredBy, owners) };
    registerMetric(this.registry, entry.metric);
    this.entries.set(spec.name, entry);
    return entry;
  }

  private make(type: MetricType, spec: MetricSpec, declaredBy: string, owners: Entry['owners']): AnyMetric {
    const options = {
      ...spec,
      maxSeries: spec.maxSeries ?? this.owner.maxSeries,
      created: this.owner.createdTimestamps && type !== 'gauge',
      onFolded: () => latest(owners)?.onFolded(spec.name),
    };
    try {
      switch (type) {
        case 'counter':
          return new Counter<string>(options);
        case 'gauge':
          return new Gauge<string>(options);
        case 'histogram':
          return new Histogram<string>(options);
        case 'summary':
          return new Summary<string>(options);
      }
    } catch (error) {
      throw new TypeError(`${(error as Error).message} (declared by ${declaredBy})`, { cause: error });
    }
  }
}

const livingDeclarers = ({ owners }: Entry): string[] =>
  [...owners].filter(([owner]) => owner.alive).flatMap(([, held]) => [...held.declaredBy]);

function latest(owners: Entry['owners']): CatalogOwner | undefined {
  return [...owners.keys()].at(-1);
}

/** Synchronous where all are, so that a scrape without async collectors waits for nothing. */
function collectAll(owners: Entry['owners'], metric: AnyMetric): void | Promise<void> {
  const pending: Promise<void>[] = [];
  for (const { collect } of owners.values()) {
    const collected = collect?.(metric);
    if (collected) {
      pending.push(collected);
    }
  }
  return pending.length > 0 ? Promise.all(pending).then(() => undefined) : undefined;
}
