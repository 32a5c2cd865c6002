import { Logger, type Provider, type Type } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { tieContainer } from './bootstrap/explorer.js';
import { MetricsApp, type RunningMetrics } from './bootstrap/metrics-app.js';
import { addProcessMetrics } from './bootstrap/process-metrics.js';
import { infoGauge } from './catalog/info-gauge.js';
import { EndpointPlacement } from './endpoint/endpoint-placement.js';
import { MetricsEndpoint } from './endpoint/metrics-endpoint.js';
import { ScrapeServers } from './endpoint/scrape-servers.js';
import { InstalledHttp } from './http/installed-http.js';
import { MetricsInterceptor } from './http/metrics.interceptor.js';
import { MODULE_OPTIONS_TOKEN } from './metrics.module-definition.js';
import type { MetricsOptions } from './metrics.options.js';
import { MetricsService } from './metrics.service.js';
import { MetricsOptionsError } from './options/option-checks.js';
import { resolveOptions } from './options/resolve-options.js';
import { Pusher } from './push/pusher.js';
import { PushSchedule } from './push/push-schedule.js';
import { PushService } from './push/push.service.js';

/** Token of the app's `PushSchedule`; `undefined` without the option `push`. */
export const PUSH_SCHEDULE = Symbol('PUSH_SCHEDULE');
/** Token of the app's `Pusher`; `undefined` without the option `push`. */
const PUSHER = Symbol('PUSHER');

/** Token of the app's `RunningMetrics`: who injects it comes after the options are known. */
export const RUNNING_METRICS = Symbol('RUNNING_METRICS');

const logger = new Logger('MetricsModule');
const log = (message: string, error?: unknown): void =>
  logger.error(error instanceof Error ? `${message}: ${error.message}` : message);

/** Everything that the module provides in one app. */
export function metricsProviders(controller: Type, isAsync: boolean): Provider[] {
  return [
    {
      // Early, since it needs no options: instances made from here on are tied as they are made.
      provide: MetricsApp,
      inject: [ModulesContainer],
      useFactory: (modules: ModulesContainer) => {
        const app = new MetricsApp();
        tieContainer(app, modules);
        return app;
      },
    },
    {
      provide: EndpointPlacement,
      inject: [ModulesContainer, ApplicationConfig],
      useFactory: (modules: ModulesContainer, config: ApplicationConfig) =>
        new EndpointPlacement(modules, config, controller),
    },
    {
      provide: RUNNING_METRICS,
      inject: [MetricsApp, EndpointPlacement, MODULE_OPTIONS_TOKEN],
      useFactory: (app: MetricsApp, placement: EndpointPlacement, options: MetricsOptions) => {
        if (isAsync) {
          refuseShape(options ?? {});
        }
        return startMetrics(app, placement, options);
      },
    },
    {
      provide: MetricsEndpoint,
      inject: [RUNNING_METRICS],
      useFactory: ({ options: { endpoint }, source }: RunningMetrics) =>
        new MetricsEndpoint({
          source,
          log,
          ...(endpoint && { authorize: endpoint.authorize, gzip: endpoint.gzip }),
        }),
    },
    {
      provide: ScrapeServers,
      inject: [RUNNING_METRICS],
      useFactory: ({ source }: RunningMetrics) => new ScrapeServers(source, log),
    },
    {
      provide: PUSHER,
      inject: [RUNNING_METRICS],
      useFactory: ({ options: { push }, source }: RunningMetrics) => push && new Pusher(push, source),
    },
    {
      provide: PUSH_SCHEDULE,
      inject: [PUSHER],
      useFactory: (pusher?: Pusher) => pusher && new PushSchedule(pusher, logger),
    },
    {
      provide: PushService,
      inject: [PUSHER],
      useFactory: (pusher?: Pusher) => new PushService(pusher),
    },
    InstalledHttp,
    MetricsInterceptor,
    MetricsService,
  ];
}

function startMetrics(app: MetricsApp, placement: EndpointPlacement, given: MetricsOptions): RunningMetrics {
  const options = resolveOptions(given);
  if (options.processMetrics) {
    // Before the app's own, which may not take their names.
    try {
      addProcessMetrics(options.registry, options.processMetrics);
    } catch (error) {
      throw new MetricsOptionsError(
        'processMetrics',
        `is refused by prom-client: ${(error as Error).message}`,
      );
    }
  }
  const running = app.start(options);
  if (options.info) {
    const labels = Object.fromEntries(options.info.map(({ name, value }) => [name, value]));
    const help = 'Information about the application.';
    infoGauge(running.catalog, { name: 'app_info', help, labels }, 'MetricsModule');
  }
  placement.place(options.endpoint);
  return running;
}

/** Nest reads imports and a controller's guards before it runs factories, and would ignore these in silence. */
function refuseShape({ endpoint, imports }: MetricsOptions): void {
  if (endpoint && endpoint.decorators !== undefined) {
    throw new MetricsOptionsError(
      'endpoint.decorators',
      'can not come from the factory: give it beside useFactory, as forRootAsync({ endpoint: { decorators } })',
    );
  }
  if (imports !== undefined) {
    throw new MetricsOptionsError('imports', 'can not come from the factory: give it beside useFactory');
  }
}
