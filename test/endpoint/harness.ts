import 'reflect-metadata';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import {
  Module,
  type DynamicModule,
  type INestApplication,
  type ModuleMetadata,
  type NestApplicationOptions,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import { MetricsEndpoint } from '../../src/endpoint/metrics-endpoint.js';
import type { ScrapeSource } from '../../src/endpoint/scrape-source.js';
import { MetricsRootModule } from '../../src/metrics-root.module.js';
import type { EndpointOptions, MetricsOptions } from '../../src/metrics.options.js';

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
  readonly imports?: NonNullable<DynamicModule['imports']>;
  /** Default: false. */
  readonly http?: MetricsOptions['http'];
}

/** What endpoints said of scrapes that failed. */
export const logged: string[] = [];

/** The package's module, with an endpoint that exposes what the test wants. */
export function metricsModule({
  source,
  imports = [],
  http = false,
  ...endpoint
}: EndpointSetup = {}): DynamicModule {
  const options = { registry: new Registry(), processMetrics: false, http, imports, endpoint };
  return exposing(MetricsRootModule.forRoot(options), endpoint, source);
}

/** The same with what a factory gives, and `decorators` beside it. */
export function lateMetricsModule(
  endpoint: EndpointOptions | false,
  decorators: readonly ClassDecorator[] = [],
): DynamicModule {
  const options = { registry: new Registry(), processMetrics: false, http: false as const };
  const useFactory = async (): Promise<MetricsOptions> => ({ ...options, endpoint });
  return exposing(MetricsRootModule.forRootAsync({ useFactory, endpoint: { decorators } }), endpoint || {});
}

function exposing(
  definition: DynamicModule,
  { authorize, gzip }: EndpointOptions,
  source = sourceOf(),
): DynamicModule {
  const endpoint = new MetricsEndpoint({
    source,
    authorize,
    gzip,
    log: (message, error) => logged.push(`${message} ${String(error)}`),
  });
  return {
    ...definition,
    providers: [...(definition.providers ?? []), { provide: MetricsEndpoint, useValue: endpoint }],
  };
}

export interface Running {
  readonly app: INestApplication;
  readonly port: number;
}

const running = new Set<INestApplication>();

export async function start(
  platform: Platform,
  metadata: ModuleMetadata,
  prepare: (app: INestApplication) => unknown = () => {},
  options: NestApplicationOptions = {},
  fastify: { http2?: true; handlerTimeout?: number } = {},
): Promise<Running> {
  @Module(metadata)
  class AppModule {}
  const settings = { logger: false as const, abortOnError: false, ...options };
  const app =
    platform === 'express'
      ? await NestFactory.create(AppModule, new ExpressAdapter(), settings)
      : await NestFactory.create<NestFastifyApplication>(
          AppModule,
          new FastifyAdapter(fastify as object),
          settings,
        );
  running.add(app);
  await prepare(app);
  await app.listen(0, '127.0.0.1');
  return { app, port: (app.getHttpServer().address() as AddressInfo).port };
}

export async function closeAll(): Promise<void> {
  const apps = [...running];
  running.clear();
  await Promise.all(apps.map((app) => app.close()));
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

/** A promise, and what fulfils it. */
export function gate(): { passed: Promise<void>; pass: () => void } {
  const controller = new AbortController();
  const passed = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve());
  });
  return { passed, pass: () => controller.abort() };
}
