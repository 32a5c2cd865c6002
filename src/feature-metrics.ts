import { Inject, type DynamicModule, type OnApplicationBootstrap, type Provider } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { CounterDefinition, FeatureToken, MetricProviderDefinition } from './metric.definition.js';
import { getMetricToken } from './metric.token.js';
import { MetricsService } from './metrics.service.js';

/** What the collectors of one `forFeature()` are called with. */
export class FeatureInjections implements OnApplicationBootstrap {
  /** With the name of a metric that wants it. */
  private readonly wanted = new Map<FeatureToken, string>();
  private readonly found = new Map<FeatureToken, unknown>();

  constructor(
    @Inject(ModuleRef) private readonly anywhere: ModuleRef,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {}

  want(tokens: readonly FeatureToken[], metric: string): void {
    tokens.forEach((token) => this.wanted.set(token, metric));
  }

  /** They are other modules' providers, which Nest's injector would not give to this one. */
  get(tokens: readonly FeatureToken[]): unknown[] {
    return tokens.map((token) => {
      if (!this.found.has(token)) {
        this.found.set(token, this.find(token));
      }
      return this.found.get(token);
    });
  }

  /** Throws, and so stops the app, where one of them is nobody's, or made for each request. */
  onApplicationBootstrap(): void {
    for (const [token, metric] of this.wanted) {
      try {
        this.get([token]);
      } catch (error) {
        throw new Error(
          `MetricsModule.forFeature(): "${metric}" can't have what its "inject" names: ${(error as Error).message}`,
          { cause: error },
        );
      }
    }
  }

  /** First where `forFeature()` is imported, since modules may have providers of one token each. */
  private find(token: FeatureToken): unknown {
    for (const module of this.importers()) {
      const homes = [module, ...[...module.imports].filter((imported) => imported.exports.has(token))];
      const home = homes.find(({ providers }) => providers.has(token));
      const reference = home?.providers.get(ModuleRef)?.instance as ModuleRef | undefined;
      if (reference) {
        return reference.get<unknown>(token, { strict: true });
      }
    }
    return this.anywhere.get<unknown>(token, { strict: false });
  }

  private importers() {
    const all = [...this.modules.values()];
    const own = all.find(({ providers }) => providers.get(FeatureInjections)?.instance === this);
    return own ? all.filter(({ imports }) => imports.has(own)) : [];
  }
}

/** What a module provides that `MetricsModule.forFeature()` makes. */
export function featureMetrics(
  definitions: readonly MetricProviderDefinition[],
): Pick<DynamicModule, 'providers' | 'exports'> {
  if (!Array.isArray(definitions)) {
    throw new TypeError('MetricsModule.forFeature() takes an array of metrics');
  }
  definitions.forEach(checkDefinition);
  const names = [...new Set(definitions.map(({ name }) => name))];
  return {
    providers: [
      FeatureInjections,
      ...names.map((name) =>
        metricProvider(
          name,
          definitions.filter((one) => one.name === name),
        ),
      ),
    ],
    exports: names.map(getMetricToken),
  };
}

function checkDefinition(definition: unknown): void {
  const { name, type, inject, collect } = Object(definition) as Record<string, unknown>;
  if (typeof name !== 'string') {
    throw new TypeError('MetricsModule.forFeature(): each metric is an object with a "name"');
  }
  const fault =
    (!TYPES.includes(type) && 'has no type: counter, gauge, histogram or summary') ||
    (collect !== undefined && typeof collect !== 'function' && 'has a "collect" that is no function') ||
    (inject !== undefined && !Array.isArray(inject) && 'has an "inject" that is no array') ||
    (inject !== undefined && collect === undefined && 'has an "inject", but no "collect" to give that to');
  if (fault) {
    throw new TypeError(`MetricsModule.forFeature(): "${name}" ${fault}`);
  }
}

const TYPES: readonly unknown[] = ['counter', 'gauge', 'histogram', 'summary'];

/** The collectors that one app has, by their metrics' names. */
const collectors = new WeakMap<MetricsService, Map<string, unknown>>();

/** A second collector of one metric would take the first one's place, and nobody would know. */
function claimCollector(service: MetricsService, name: string, collect: unknown): void {
  const ofApp = collectors.get(service) ?? new Map<string, unknown>();
  collectors.set(service, ofApp);
  if ((ofApp.get(name) ?? collect) !== collect) {
    throw new Error(`MetricsModule.forFeature: "${name}" has two definitions, which differ in collect`);
  }
  ofApp.set(name, collect);
}

/** Makes all definitions of one name: where they are different ones, that stops the app. */
function metricProvider(name: string, definitions: readonly MetricProviderDefinition[]): Provider {
  return {
    provide: getMetricToken(name),
    inject: [{ token: MetricsService, optional: true }, FeatureInjections],
    useFactory: (service: MetricsService | undefined, injections: FeatureInjections) => {
      if (service === undefined) {
        throw new Error(
          `MetricsModule.forFeature(): "${name}" needs MetricsModule.forRoot(), once in the app`,
        );
      }
      const [metric, ...others] = definitions.map((one) => makeInjected(service, injections, one));
      if (others.some((other) => other !== metric)) {
        throw new Error(`MetricsModule.forFeature: "${name}" has two definitions`);
      }
      return metric;
    },
  };
}

function makeInjected(
  service: MetricsService,
  injections: FeatureInjections,
  definition: MetricProviderDefinition,
): unknown {
  const { type, inject = [], collect, ...rest } = definition;
  if (collect !== undefined) {
    claimCollector(service, definition.name, collect);
  }
  injections.want(inject, definition.name);
  const bound = collect as ((this: unknown, ...injected: unknown[]) => void | Promise<void>) | undefined;
  let metric: unknown;
  const collector = bound && (() => bound.apply(metric, injections.get(inject)));
  metric = makeMetric(service, type, { ...rest, ...(collector && { collect: collector }) });
  return metric;
}

function makeMetric(
  service: MetricsService,
  type: MetricProviderDefinition['type'],
  settings: Omit<CounterDefinition<string>, 'collect'> & { collect?: () => void | Promise<void> },
): unknown {
  switch (type) {
    case 'counter':
      return service.counter(settings);
    case 'gauge':
      return service.gauge(settings);
    case 'histogram':
      return service.histogram(settings);
    case 'summary':
      return service.summary(settings);
  }
}
