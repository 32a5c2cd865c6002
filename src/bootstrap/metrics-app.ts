import { Logger } from '@nestjs/common';
import { ExporterMetrics } from '../catalog/exporter-metrics.js';
import { MetricCatalog, type CatalogOwner } from '../catalog/metric-catalog.js';
import { joinCluster, type ClusterPlace } from '../cluster/join-cluster.js';
import { registrySource } from '../endpoint/registry-source.js';
import type { ScrapeSource } from '../endpoint/scrape-source.js';
import { isComputed } from '../labels/resolved-label.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { recordUnrecorded } from '../series/unrecorded.js';
import { onDeclaringClass } from '../decorators/declaring-classes.js';
import { forEachOf } from './all-failures.js';
import { ClassTie } from './class-tie.js';
import type { Dressing } from './dressing.js';
import { declarationsOf, exclusionsOf, withoutRepeats } from './effective-declarations.js';
import { isHandler } from './is-handler.js';
import { makeInstrument } from './instrument.js';
import { Recorder } from './recorder.js';
import { living, ties, type TieSource } from './tie.js';
import { dressDeclared } from './wardrobe.js';

/** What an app has from the moment its options are known. */
export interface RunningMetrics {
  readonly options: ResolvedOptions;
  readonly catalog: MetricCatalog;
  readonly exporter: ExporterMetrics;
  /** Where scrapes read all metrics of the registry. */
  readonly source: ScrapeSource;
  /** With the option `cluster`. */
  readonly cluster?: ClusterPlace;
}

/**
 * The metrics of one Nest app, from before its providers are made until it is closed. Classes are tied to
 * it before its options are known, and their metrics made as soon as they are.
 */
export class MetricsApp implements TieSource, CatalogOwner {
  alive = true;
  /** Whether any handler's labels ask for its request. */
  wantsRequests = false;
  /** Of each controller that has such handlers: these, and their dressings. */
  private readonly wanting = new WeakMap<Function, ReadonlyMap<string, readonly Dressing[]>>();
  private running: RunningMetrics | undefined;
  private readonly ties = new WeakMap<Function, ClassTie>();
  /** Tied before the start. */
  private waiting: ClassTie[] = [];
  private readonly logger = new Logger('MetricsModule');

  constructor() {
    living.push(this);
    // Classes of modules that are loaded lazily come when the app is running.
    onDeclaringClass(() => queueMicrotask(dressDeclared));
  }

  get isRunning(): boolean {
    return this.alive && this.running !== undefined;
  }

  get maxSeries(): number {
    return this.metrics.options.maxSeries;
  }

  /** Whether all HTTP handlers are to be dressed, whatever is declared on them. */
  get dressesHandlers(): boolean {
    return this.metrics.options.defaults.length > 0 || this.notesCalls;
  }

  /** Whether labels of the HTTP metrics ask for what handlers were given, and what they gave. */
  private get notesCalls(): boolean {
    const { http, defaultLabels } = this.metrics.options;
    return http !== false && defaultLabels.some(isComputed);
  }

  get createdTimestamps(): boolean {
    return this.metrics.options.createdTimestamps;
  }

  /** @throws Error before the start. */
  get metrics(): RunningMetrics {
    if (!this.running) {
      throw new Error('MetricsModule: the options are not known yet');
    }
    return this.running;
  }

  /** Makes the metrics of all classes that are tied to this app. Throws, and ends it, where one can't be made. */
  start(options: ResolvedOptions): RunningMetrics {
    try {
      const running = this.run(options);
      if (!this.alive) {
        // Another provider has failed meanwhile, and its error is the one to be told.
        this.close();
      }
      return running;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private run(options: ResolvedOptions): RunningMetrics {
    const catalog = new MetricCatalog(options.registry, this);
    // The catalog asks its owner for limits while it makes metrics.
    const running = { options, catalog } as { -readonly [K in keyof RunningMetrics]: RunningMetrics[K] };
    this.running = running;
    ties.changes++;
    const exporter = new ExporterMetrics(catalog, options.prefix);
    running.exporter = exporter;
    const onCollectError = (metric: string, error: unknown): void => exporter.collectFailed(metric, error);
    const own = registrySource(options.registry, { created: options.createdTimestamps, onCollectError });
    if (options.cluster) {
      const { registry, prefix } = options;
      running.cluster = joinCluster({ registry, prefix, onCollectError }, own);
    }
    running.source = running.cluster?.source ?? own;
    forEachOf(this.waiting, (tie) => tie.resolve(this.makeRecorder));
    this.waiting = [];
    return running;
  }

  /** Notes the handlers of a controller that want the request. */
  addWanting(controller: Function, handlers: ReadonlyMap<string, readonly Dressing[]>): void {
    this.wantsRequests = true;
    this.wanting.set(controller, handlers);
  }

  /** The handlers of a controller that want the request, and their dressings. */
  wantingOf(controller: Function): ReadonlyMap<string, readonly Dressing[]> | undefined {
    return this.wanting.get(controller);
  }

  tieFor(target: Function): ClassTie {
    let tie = this.ties.get(target);
    if (tie === undefined) {
      tie = new ClassTie(target, this);
      this.ties.set(target, tie);
      this.resolveOrWait(tie);
    }
    return tie;
  }

  /** Looks at a class once more, whose methods were dressed since. Throws where a metric can't be made. */
  refresh(target: Function): void {
    const tie = this.tieFor(target);
    if (this.running) {
      tie.resolve(this.makeRecorder);
    }
  }

  recorderFor(target: Function, dressing: Dressing): Recorder | undefined {
    return this.tieFor(target).recorderOf(dressing);
  }

  onFolded(metricName: string): void {
    this.running?.exporter?.seriesDropped(metricName);
  }

  /** From here on nothing of this app is recorded; the metrics stay in the registry. */
  close(): void {
    recordUnrecorded();
    this.alive = false;
    ties.changes++;
    const index = living.indexOf(this);
    if (index >= 0) {
      living.splice(index, 1);
    }
    this.running?.catalog.release();
  }

  private resolveOrWait(tie: ClassTie): void {
    if (!this.running) {
      this.waiting.push(tie);
      return;
    }
    try {
      tie.resolve(this.makeRecorder);
    } catch (error) {
      // The app is running, and a class that came late must not break the call that brought it.
      this.logger.error(`The metrics of ${tie.target.name} can't be made: ${(error as Error).message}`);
    }
  }

  private readonly makeRecorder = (target: Function, dressing: Dressing): Recorder | undefined => {
    const { options, catalog, exporter } = this.metrics;
    if (exclusionsOf(target)(dressing.name) === 'all') {
      return undefined;
    }
    const handles = dressing.prototype === target.prototype && isHandler(dressing.dressed);
    const declared = declarationsOf(dressing, target);
    const declarations = handles ? withoutRepeats([...declared, ...options.defaults]) : declared;
    const notesCalls = handles && this.notesCalls;
    if (declarations.length === 0 && !notesCalls) {
      return undefined;
    }
    const methodName = methodNameOf(dressing.name);
    const place = {
      className: target.name,
      methodName,
      catalog,
      defaultLabels: options.defaultLabels,
      labelFailed: (metric: string, label: string, error: unknown) =>
        exporter.labelFailed(metric, label, error),
    };
    const http = options.http;
    return new Recorder({
      method: {
        className: target.name,
        methodName,
        ...(isHandler(dressing.dressed) && { controller: target, handler: dressing.dressed }),
      },
      instruments: declarations.map((declaration) => makeInstrument(declaration, place)),
      respectsExclusion:
        isHandler(dressing.dressed) &&
        http !== false &&
        http.excludeUserDefaults &&
        http.excludedPaths.length > 0,
      notesCalls,
      followsRequests: http !== false && http.requestContext,
    });
  };
}

function methodNameOf(name: string | symbol): string {
  return typeof name === 'string' ? name : (name.description ?? 'symbol');
}
