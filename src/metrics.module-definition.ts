import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { EndpointOptions, MetricsOptions } from './metrics.options.js';

/** What shapes the module itself, and so can't come from a factory. */
export interface MetricsModuleShape {
  /** Class decorators of the metrics controller. */
  endpoint?: Pick<EndpointOptions, 'decorators'>;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<MetricsOptions>({ moduleName: 'Metrics' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createMetricsOptions')
    .build();
