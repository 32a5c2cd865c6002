import 'reflect-metadata';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
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
import { ApplicationConfig, HttpAdapterHost, ModuleRef, ModulesContainer, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { EndpointPlacement } from '../../src/endpoint/endpoint-placement.js';
import { makeMetricsController } from '../../src/endpoint/metrics.controller.js';
import { MetricsEndpoint } from '../../src/endpoint/metrics-endpoint.js';
import type { ScrapeSource } from '../../src/endpoint/scrape-source.js';
import { RouteTable } from '../../src/http/route-record.js';
import { watchRoutes } from '../../src/http/route-registration.js';
import type { EndpointOptions } from '../../src/metrics.options.js';
import { resolveOptions } from '../../src/options/resolve-options.js';

export type Platform = 'express' | 'fastify';
export const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

/** What a source answers that only repeats one text. */
export const EXPOSITION = '# TYPE up gauge\nup{of="thé app"} 1\n';

/** A source of the text in two chunks, or of what a test wants to happen. */
export function sourceOf(read: ScrapeSource['read'] = () => chunksOf(EXPOSITION)): ScrapeSource {
  return { contentType: () => 'text/plain; version=0.0.4; charset=utf-8', read };
}

export async function* chunksOf(body: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(body);
  yield bytes.subarray(0, 9);
  yield bytes.subarray(9);
}

export interface EndpointSetup extends EndpointOptions {
  readonly source?: ScrapeSource;
  readonly imports?: DynamicModule['imports'];
  /** As a factory gives it, in place of what the controller was made with. */
  readonly late?: EndpointOptions | false;
}

export const logged: string[] = [];

const CONTROLLER = Symbol('controller');
const SETUP = Symbol('setup');

/** Does for the endpoint what the package's module does. */
@Module({})
export class EndpointModule implements NestModule, OnModuleInit, OnApplicationShutdown {
  private unwatch: (() => void) | undefined;

  constructor(
    @Inject(EndpointPlacement) private readonly placement: EndpointPlacement,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(MetricsEndpoint) private readonly endpoint: MetricsEndpoint,
  ) {}

  static forRoot({
    source = sourceOf(),
    imports = [],
    late,
    ...endpoint
  }: EndpointSetup = {}): DynamicModule {
    const controller = makeMetricsController(
      late === undefined ? endpoint : { decorators: endpoint.decorators },
    );
    const { decorators: _, ...rest } = late === undefined || late === false ? endpoint : late;
    const resolved = resolveOptions({ endpoint: late === false ? false : rest }).endpoint;
    return {
      module: EndpointModule,
      global: true,
      imports,
      controllers: [controller],
      providers: [
        { provide: CONTROLLER, useValue: controller },
        { provide: SETUP, useValue: resolved },
        {
          provide: MetricsEndpoint,
          useFactory: () =>
            new MetricsEndpoint({
              source,
              ...(resolved && resolved),
              log: (message, error) => logged.push(`${message} ${String(error)}`),
            }),
        },
        {
          provide: EndpointPlacement,
          useFactory: (modules: ModulesContainer, ref: ModuleRef, options: typeof resolved) => {
            const { applicationConfig } = (
              ref as unknown as { container: { applicationConfig: ApplicationConfig } }
            ).container;
            const placement = new EndpointPlacement(modules, applicationConfig, controller as Type);
            placement.place(options);
            return placement;
          },
          inject: [ModulesContainer, ModuleRef, SETUP],
        },
      ],
    };
  }

  configure(_consumer: MiddlewareConsumer): void {
    const { httpAdapter } = this.host;
    this.placement.putFirst(httpAdapter);
    this.unwatch = watchRoutes(httpAdapter, new RouteTable(), undefined, (route) =>
      this.placement.checkRoute(route),
    );
  }

  onModuleInit(): void {
    this.unwatch?.();
  }

  beforeApplicationShutdown(): void {
    void this.endpoint.close();
  }

  onApplicationShutdown(): void {}
}

export interface Running {
  readonly app: INestApplication;
  readonly port: number;
}

export async function start(
  platform: Platform,
  metadata: Parameters<typeof Module>[0],
  prepare: (app: INestApplication) => unknown = () => {},
  options: NestApplicationOptions = {},
): Promise<Running> {
  @Module(metadata)
  class AppModule {}
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(AppModule, adapter, {
    logger: false,
    abortOnError: false,
    ...options,
  });
  await prepare(app);
  await app.listen(0, '127.0.0.1');
  return { app, port: (app.getHttpServer().address() as AddressInfo).port };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Decoded. */
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly secure?: typeof httpRequest;
}

/** Asks over a connection of its own. */
export async function ask(port: number, path = '/metrics', query: Ask = {}): Promise<Answer> {
  const response = await open(port, path, query);
  const body = response.headers['content-encoding'] === 'gzip' && query.method !== 'HEAD';
  return {
    status: response.statusCode as number,
    headers: response.headers,
    body: await text(body ? response.pipe(createGunzip()) : response),
  };
}

/** The head of the answer, with the body still to be read. */
export function open(
  port: number,
  path: string,
  { method = 'GET', headers = {} }: Ask = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', path, method, headers, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
}

/** All that the server sends back for these bytes, until it closes the connection. */
export function talk(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  socket.on('error', () => {});
  return text(socket);
}
