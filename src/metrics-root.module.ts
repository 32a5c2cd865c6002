import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { tieDressed } from './bootstrap/explorer.js';
import { prepareHandlers } from './bootstrap/handlers.js';
import { dressDeclared } from './bootstrap/wardrobe.js';
import { MetricsApp, type RunningMetrics } from './bootstrap/metrics-app.js';
import { EndpointPlacement } from './endpoint/endpoint-placement.js';
import { makeMetricsController } from './endpoint/metrics.controller.js';
import { MetricsEndpoint } from './endpoint/metrics-endpoint.js';
import { ScrapeServers } from './endpoint/scrape-servers.js';
import { installHttp, type HttpInstrumentation } from './http/install-http.js';
import { InstalledHttp } from './http/installed-http.js';
import { MetricsInterceptor } from './http/metrics.interceptor.js';
import {
  ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type MetricsModuleShape,
} from './metrics.module-definition.js';
import type { EndpointOptions, MetricsOptions } from './metrics.options.js';
import { PUSH_SCHEDULE, RUNNING_METRICS, metricsProviders } from './metrics.providers.js';
import { MetricsService } from './metrics.service.js';
import { checkArray, checkObject, checkType } from './options/option-checks.js';
import { resolveOptions } from './options/resolve-options.js';
import type { PushSchedule } from './push/push-schedule.js';
import { PushService } from './push/push.service.js';

/** Options of `MetricsModule.forRootAsync()`: those that shape the module stand beside the factory. */
export type MetricsModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE & MetricsModuleShape;

/** What `MetricsModule.forRoot()` brings into an app, once: records, and answers scrapes, while the app lives. */
@Module({})
export class MetricsRootModule
  extends ConfigurableModuleClass
  implements
    NestModule,
    OnModuleInit,
    OnApplicationBootstrap,
    BeforeApplicationShutdown,
    OnApplicationShutdown
{
  private http: HttpInstrumentation | undefined;

  constructor(
    @Inject(MetricsApp) private readonly app: MetricsApp,
    @Inject(RUNNING_METRICS) private readonly running: RunningMetrics,
    @Inject(EndpointPlacement) private readonly placement: EndpointPlacement,
    @Inject(MetricsEndpoint) private readonly endpoint: MetricsEndpoint,
    @Inject(ScrapeServers) private readonly servers: ScrapeServers,
    @Inject(InstalledHttp) private readonly installed: InstalledHttp,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(ApplicationConfig) private readonly config: ApplicationConfig,
    @Inject(PUSH_SCHEDULE) private readonly pushes: PushSchedule | undefined,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {
    super();
    assertOnlyOne(modules);
  }

  static override forRoot(options: MetricsOptions = {}): DynamicModule {
    const { endpoint } = resolveOptions(options);
    const { imports = [], ...rest } = options;
    const decorators = options.endpoint ? options.endpoint.decorators : undefined;
    return shaped(super.forRoot(rest), imports, endpoint && endpoint.path, decorators);
  }

  static override forRootAsync(options: MetricsModuleAsyncOptions): DynamicModule {
    const { endpoint, ...rest } = Object(options) as MetricsModuleAsyncOptions;
    checkObject(rest, '', [
      'imports',
      'inject',
      'useFactory',
      'useClass',
      'useExisting',
      'provideInjectionTokensFrom',
    ]);
    const { useFactory, useClass, useExisting } = rest;
    if ([useFactory, useClass, useExisting].filter((way) => way !== undefined && way !== null).length !== 1) {
      throw new TypeError(
        'MetricsModule.forRootAsync() needs one of "useFactory", "useClass" and "useExisting", and no more',
      );
    }
    checkType(useFactory ?? undefined, 'useFactory', 'function');
    checkType(useClass ?? undefined, 'useClass', 'function');
    checkObject(endpoint, 'endpoint', ['decorators']);
    checkArray(endpoint?.decorators, 'endpoint.decorators', 'function');
    return shaped(super.forRootAsync(rest), [], undefined, endpoint?.decorators);
  }

  /** Runs before the app's middleware and routes are registered, and never in an app without HTTP. */
  configure(): void {
    this.orGiveUp(() => this.instrumentHttp());
  }

  private instrumentHttp(): void {
    const { httpAdapter } = this.adapterHost;
    const { options, catalog, exporter } = this.running;
    for (const module of this.modules.values()) {
      for (const { metatype, instance } of module.controllers.values()) {
        if (typeof metatype === 'function') {
          prepareHandlers(this.app, metatype, instance);
        }
      }
    }
    this.http = installHttp({
      httpAdapter,
      applicationConfig: this.config,
      options,
      catalog,
      exporter,
      installed: this.installed,
      handlersWantRequests: this.app.wantsRequests,
      routeWatcher: {
        onRoute: (route) => this.orGiveUp(() => this.placement.checkRoute(route)),
        placeEndpoint: (path, handle) => this.placement.exactly(httpAdapter, path, handle),
      },
    });
    this.placement.putFirst(httpAdapter);
  }

  onModuleInit(): void {
    tieDressed(this.app, this.modules);
    this.http?.routesRegistered();
  }

  /** @throws Error that names `server.port` where a server can't listen. */
  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.servers.startAll(this.running.options.servers);
    } catch (error) {
      this.giveUp();
      throw error;
    }
    this.pushes?.start();
  }

  /** What throws here stops the app before anybody could close it. */
  private orGiveUp(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.giveUp();
      throw error;
    }
  }

  private giveUp(): void {
    this.placement.leave();
    this.http?.uninstall();
    this.app.close();
  }

  beforeApplicationShutdown(): void {
    void this.endpoint.close();
  }

  async onApplicationShutdown(): Promise<void> {
    this.placement.leave();
    this.http?.uninstall();
    // Now, when other modules have recorded what they do at their end.
    await Promise.all([this.servers.end(), this.pushes?.end()]);
    await this.running.cluster?.close();
    this.app.close();
  }
}

function shaped(
  definition: DynamicModule,
  imports: NonNullable<DynamicModule['imports']>,
  path: string | false | undefined,
  decorators: EndpointOptions['decorators'],
): DynamicModule {
  // Before anything is made: methods that constructors bind are then dressed.
  dressDeclared();
  const isAsync = path === undefined;
  const controller = makeMetricsController({ path: path || undefined, decorators });
  return {
    ...definition,
    global: true,
    imports: [...(definition.imports ?? []), ...imports],
    controllers: [controller],
    providers: [...(definition.providers ?? []), ...metricsProviders(controller, isAsync)],
    // The last for apps that bind the interceptor by its class: Nest then makes it in a module of theirs.
    exports: [MetricsService, MetricsInterceptor, PushService, InstalledHttp],
  };
}

function assertOnlyOne(modules: ModulesContainer): void {
  const roots = [...modules.values()].filter(({ metatype }) => metatype === MetricsRootModule);
  if (roots.length > 1) {
    throw new Error(
      'MetricsModule: forRoot() or forRootAsync() is imported more than once: an app has it once',
    );
  }
}
