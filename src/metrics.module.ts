import { Inject, Module, type DynamicModule } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { FeatureInjections, featureMetrics } from './feature-metrics.js';
import { keepTickObject } from './http/tick-object.js';
import type { MetricProviderDefinition } from './metric.definition.js';
import { MetricsRootModule, type MetricsModuleAsyncOptions } from './metrics-root.module.js';
import type { MetricsOptions } from './metrics.options.js';

/**
 * Records HTTP metrics, makes metrics of what the decorators declare, and answers scrapes at `/metrics`.
 *
 * `forRoot()` or `forRootAsync()` once an app, and global; `forFeature()` where its metrics are injected. A module
 * that imports one of these may export `MetricsModule`.
 */
@Module({})
export class MetricsModule {
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    const isMade = [...modules.values()].some(
      ({ metatype, providers }) => metatype === MetricsRootModule || providers.has(FeatureInjections),
    );
    if (!isMade) {
      throw new Error(
        'MetricsModule does nothing by itself: import MetricsModule.forRoot(), once in the app',
      );
    }
  }

  /** @throws TypeError that names the option where one is unknown or wrong. */
  static forRoot(options?: MetricsOptions): DynamicModule {
    return withRoot(MetricsRootModule.forRoot(options));
  }

  /**
   * The same with options that a factory gives, all but `imports` and `endpoint.decorators`.
   * @throws TypeError that names the option where one beside the factory is wrong, or where there is no factory.
   */
  static forRootAsync(options: MetricsModuleAsyncOptions): DynamicModule {
    return withRoot(MetricsRootModule.forRootAsync(options));
  }

  /**
   * Metrics to be injected by `@InjectMetric(name)`, in the module that imports this.
   * @throws TypeError on what is no array, or has an element that is no definition of a metric.
   */
  static forFeature(definitions: readonly MetricProviderDefinition[]): DynamicModule {
    return { module: MetricsModule, ...featureMetrics(definitions) };
  }
}

function withRoot(root: DynamicModule): DynamicModule {
  // Here, since it has to be before the app is made.
  keepTickObject();
  return { module: MetricsModule, global: true, imports: [root], exports: [MetricsRootModule] };
}
