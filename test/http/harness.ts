import 'reflect-metadata';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import {
  Inject,
  Module,
  type DynamicModule,
  type INestApplication,
  type MiddlewareConsumer,
  type NestApplicationOptions,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import {
  ApplicationConfig,
  HttpAdapterHost,
  MetadataScanner,
  ModulesContainer,
  NestFactory,
} from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import { ExporterMetrics } from '../../src/catalog/exporter-metrics.js';
import { MetricCatalog } from '../../src/catalog/metric-catalog.js';
import { describeHandler, type HandlerRecord } from '../../src/http/handler-record.js';
import { installHttp, type HttpInstrumentation } from '../../src/http/install-http.js';
import { InstalledHttp } from '../../src/http/installed-http.js';
import { MetricsInterceptor } from '../../src/http/metrics.interceptor.js';
import type { RouteWatcher } from '../../src/http/route-registration.js';
import type { MetricsOptions } from '../../src/metrics.options.js';
import { resolveOptions } from '../../src/options/resolve-options.js';

export type Platform = 'express' | 'fastify';
export const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

const SETUP = Symbol('setup');

interface Setup {
  readonly registry: Registry;
  readonly options: MetricsOptions;
  readonly untracked: readonly string[];
  readonly endpoint: readonly string[];
  readonly middleware: ((consumer: MiddlewareConsumer) => void) | undefined;
  readonly onRoute: RouteWatcher['onRoute'] | undefined;
}

/** Does for HTTP metrics what the package's module does: describes the handlers and installs the seams. */
@Module({})
class Instrumented implements NestModule, OnModuleInit, OnApplicationShutdown {
  private instrumentation: HttpInstrumentation | undefined;

  constructor(
    @Inject(SETUP) private readonly setup: Setup,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(ApplicationConfig) private readonly applicationConfig: ApplicationConfig,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(InstalledHttp) private readonly installed: InstalledHttp,
  ) {}

  configure(consumer: MiddlewareConsumer): void {
    const { registry, untracked, endpoint, onRoute } = this.setup;
    for (const { controllers } of this.modules.values()) {
      for (const { metatype } of controllers.values()) {
        describeController(metatype as Type, untracked, endpoint);
      }
    }
    const options = resolveOptions({ ...this.setup.options, registry });
    const dropped: { by?: ExporterMetrics } = {};
    const catalog = new MetricCatalog(registry, {
      alive: true,
      maxSeries: options.maxSeries,
      createdTimestamps: options.createdTimestamps,
      onFolded: (name) => dropped.by?.seriesDropped(name),
    });
    const exporter = new ExporterMetrics(catalog, options.prefix);
    dropped.by = exporter;
    this.instrumentation = installHttp({
      httpAdapter: this.host.httpAdapter,
      applicationConfig: this.applicationConfig,
      options,
      catalog,
      exporter,
      installed: this.installed,
      handlersWantRequests: true,
      ...(onRoute && { routeWatcher: { onRoute } }),
    });
    this.setup.middleware?.(consumer);
  }

  onModuleInit(): void {
    this.instrumentation?.routesRegistered();
  }

  onApplicationShutdown(): void {
    this.instrumentation?.uninstall();
  }
}

function describeController(
  controller: Type,
  untracked: readonly string[],
  endpoint: readonly string[],
): void {
  for (const methodName of new MetadataScanner().getAllMethodNames(controller.prototype as object)) {
    const name = `${controller.name}.${methodName}`;
    const record: HandlerRecord = {
      controller,
      methodName,
      name,
      tracked: !untracked.includes(name),
      endpoint: endpoint.includes(name),
    };
    describeHandler((controller.prototype as Record<string, Function>)[methodName] as Function, record);
  }
}

export interface StartOptions {
  readonly platform: Platform;
  readonly controllers: readonly Type[];
  readonly metrics?: MetricsOptions;
  readonly untracked?: readonly string[];
  readonly endpoint?: readonly string[];
  readonly imports?: readonly (Type | DynamicModule)[];
  readonly providers?: NonNullable<DynamicModule['providers']>;
  readonly middleware?: (consumer: MiddlewareConsumer) => void;
  readonly onRoute?: RouteWatcher['onRoute'] | undefined;
  readonly nest?: NestApplicationOptions;
  readonly adapter?: ExpressAdapter | FastifyAdapter;
  /** Before `init()`. */
  readonly prepare?: (app: INestApplication) => void | Promise<void>;
  readonly listen?: boolean;
  readonly host?: string;
}

export interface RunningApp {
  readonly app: INestApplication;
  readonly registry: Registry;
  readonly port: number;
  readonly url: string;
  /** `{ 'GET /users/:id 200': 1 }`, by `http_requests_total` or another counter with these labels. */
  counts(metric?: string): Promise<Record<string, number>>;
  /** The sum of `http_requests_in_progress`. */
  inProgress(): Promise<number>;
  samples(metric: string): Promise<Sample[]>;
  /** Waits until so many requests are recorded and none is in progress, and gives the counts. */
  settled(total: number, metric?: string): Promise<Record<string, number>>;
  close(): Promise<void>;
}

export interface Sample {
  readonly name: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

/** Has a server listen, and gives its port. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

export async function start(options: StartOptions): Promise<RunningApp> {
  const registry = new Registry();
  const setup: Setup = {
    registry,
    options: options.metrics ?? {},
    untracked: options.untracked ?? [],
    endpoint: options.endpoint ?? [],
    middleware: options.middleware,
    onRoute: options.onRoute,
  };
  const root: DynamicModule = {
    module: Instrumented,
    imports: [...(options.imports ?? [])],
    controllers: [...options.controllers],
    providers: [
      { provide: SETUP, useValue: setup },
      InstalledHttp,
      MetricsInterceptor,
      ...(options.providers ?? []),
    ],
  };
  const adapter =
    options.adapter ?? (options.platform === 'express' ? new ExpressAdapter() : new FastifyAdapter());
  const app = await NestFactory.create(root, adapter, {
    logger: false,
    abortOnError: false,
    ...options.nest,
  });
  await options.prepare?.(app);
  let port = 0;
  if (options.listen === false) {
    await app.init();
  } else {
    await app.listen(0, options.host ?? '127.0.0.1');
    port = (app.getHttpServer() as { address(): AddressInfo }).address().port;
  }
  const samples = async (metric: string): Promise<Sample[]> => {
    const metrics = (await registry.getMetricsAsJSON()) as unknown as {
      name: string;
      values: { metricName?: string; labels: Record<string, string | number>; value: number }[];
    }[];
    return metrics
      .flatMap(({ name, values }) =>
        values.map(({ metricName, labels, value }) => ({ name: metricName ?? name, labels, value })),
      )
      .filter(({ name }) => name === metric);
  };
  const counts = async (metric = 'http_requests_total'): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await samples(metric)).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
    );
  const inProgress = async (): Promise<number> =>
    (await samples('http_requests_in_progress')).reduce((sum, { value }) => sum + value, 0);
  return {
    app,
    registry,
    port,
    url: `http://127.0.0.1:${port}`,
    counts,
    inProgress,
    samples,
    async settled(total, metric) {
      const deadline = Date.now() + 2000;
      for (;;) {
        const all = Object.values(await counts(metric)).reduce((sum, value) => sum + value, 0);
        if ((all >= total && (await inProgress()) === 0) || Date.now() > deadline) {
          // One more turn, so that what would be counted twice shows.
          await pause(5);
          return counts(metric);
        }
        await pause(2);
      }
    },
    close: () => app.close(),
  };
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Sends bytes on a connection of its own. */
export async function open(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  socket.write(text);
  return socket;
}

/** Sends bytes and gives what comes back until the server closes, or until it holds `end`. */
export async function talk(port: number, text: string, end?: string | RegExp): Promise<string> {
  const socket = await open(port, text);
  let got = '';
  await new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      got += data.toString('latin1');
      if (end !== undefined && got.search(end) >= 0) {
        resolve();
      }
    });
    socket.on('close', () => resolve());
  });
  socket.destroy();
  return got;
}
