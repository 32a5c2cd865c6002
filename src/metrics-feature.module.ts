import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { CounterDefinition, FeatureToken, MetricProviderDefinition } from './metric.definition.js';
import { getMetricToken } from './metric.token.js';
import { MetricsService } from './metrics.service.js';

/** What the collectors of one `forFeature()` are called with. */
class FeatureInjections implements OnApplicationBootstrap {
  private readonly wanted = new Set<FeatureToken>();

  constructor(@Inject(ModuleRef) private readonly modules: ModuleRef) {}

  want(tokens: readonly FeatureToken[]): void {
    tokens.forEach((token) => this.wanted.add(token));
  }

  /** They are other modules' providers, which Nest's injector would not give to this one. */
  get(tokens: readonly FeatureToken[]): unknown[] {
    return tokens.map((token) => this.modules.get<unknown>(token, { strict: false }));
  }

  /** Throws, and so stops the app, where one of them is nobody's. */
  onApplicationBootstrap(): void {
    this.get([...this.wanted]);
  }
}

/** Class of all modules that `MetricsModule.forFeature()` makes. */
@Module({})
export class MetricsFeatureModule {}

export function featureModule(definitions: readonly MetricProviderDefinition[]): DynamicModule {
  const providers = definitions.map(metricProvider);
  return {
    module: MetricsFeatureModule,
    providers: [FeatureInjections, ...providers],
    exports: definitions.map(({ name }) => getMetricToken(name)),
  };
}

function metricProvider(definition: MetricProviderDefinition): Provider {
  return {
    provide: getMetricToken(definition.name),
    inject: [MetricsService, FeatureInjections],
    useFactory: (service: MetricsService, injections: FeatureInjections) => {
      const { type, inject = [], collect, ...rest } = definition;
      injections.want(inject);
      const bound = collect as ((this: unknown, ...injected: unknown[]) => void | Promise<void>) | undefined;
      let metric: unknown;
      const collector = bound && (() => bound.apply(metric, injections.get(inject)));
      metric = makeMetric(service, type, { ...rest, ...(collector && { collect: collector }) });
      return metric;
    },
  };
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
    default:
      throw new TypeError(
        `MetricsModule.forFeature: "${settings.name}" has no type: counter, gauge, histogram or summary`,
      );
  }
}
