import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  Render,
  Req,
  UseInterceptors,
  type DynamicModule,
  type INestApplication,
  type ModuleMetadata,
  type RawBodyRequest,
} from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import {
  Counted,
  MetricsInterceptor,
  MetricsModule,
  type MetricsOptions,
  type MetricsOptionsFactory,
} from '../../src/index.js';
import { PLATFORMS, closeApps, startApp, type Platform, type RunningApp } from '../support/metrics-app.js';
import { valuesIn } from '../support/scraped.js';

afterEach(closeApps);

async function scraped(
  app: RunningApp,
  name: string,
  labels: Record<string, string | number> = {},
): Promise<number[]> {
  return valuesIn((await app.request('/metrics')).body, name, labels);
}

const json = (body: string): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/json' },
});

@Controller('things')
class ThingsController {
  @Get('page')
  @Render('page')
  page(): object {
    return { name: 'you' };
  }

  @Get('broken')
  @Render('broken')
  broken(): object {
    return {};
  }

  @Get(':id')
  find(): string {
    return 'found';
  }

  @Post('raw')
  raw(@Req() request: RawBodyRequest<object>, @Body() body: object): object {
    return { raw: request.rawBody?.toString(), body };
  }

  @Counted('messages')
  @MessagePattern('message')
  message(): string {
    return 'heard';
  }
}

const controllers = [ThingsController];

@Controller('intercepted')
@UseInterceptors(MetricsInterceptor)
class InterceptedController {
  @Get()
  find(): string {
    return 'found';
  }
}

interface Views {
  engine(extension: string, render: Engine): void;
  setViewEngine(engine: string): void;
  setBaseViewsDir(path: string): void;
}
type Engine = (
  file: string,
  model: { name?: string },
  done: (error: Error | null, text?: string) => void,
) => void;

/** A view engine that knows one name, on Express; what a plugin puts on Fastify's replies. */
function withViews(platform: Platform, directory: string): (app: INestApplication) => void {
  const render: Engine = (file, { name }, done) =>
    file.includes('broken') ? done(new Error('no such view')) : done(null, `<b>${name}</b>`);
  return (app) => {
    if (platform === 'express') {
      const views = app as NestExpressApplication & Views;
      views.engine('tiny', render);
      views.setViewEngine('tiny');
      views.setBaseViewsDir(directory);
      return;
    }
    const fastify = (app as NestFastifyApplication).getHttpAdapter().getInstance();
    fastify.decorateReply('view', function (
      this: { send(body: unknown): unknown },
      file: string,
      model: object,
    ) {
      render(file, model, (error, text) => this.send(error ?? text));
      return this;
    } as never);
  };
}

describe.each(PLATFORMS)('on %s', (platform) => {
  it('counts @Render(), of a view that fails too', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'views-'));
    ['page', 'broken'].forEach((view) => writeFileSync(join(directory, `${view}.tiny`), ''));
    const app = await startApp({ platform, controllers, prepare: withViews(platform, directory) });

    expect((await app.request('/things/page')).body).toBe('<b>you</b>');
    expect((await app.request('/things/broken')).status).toBe(500);

    expect(await scraped(app, 'http_requests_total')).toEqual([1, 1]);
    expect(await scraped(app, 'http_requests_total', { route: '/things/page', status: 200 })).toEqual([1]);
    expect(await scraped(app, 'http_requests_total', { route: '/things/broken', status: 500 })).toEqual([1]);
    expect(await scraped(app, 'http_request_exceptions_total', { route: '/things/broken' })).toEqual([1]);
    rmSync(directory, { recursive: true });
  });

  it.each<[string, ModuleMetadata, (app: INestApplication) => unknown]>([
    ['nowhere', {}, () => {}],
    [
      'as a class, globally',
      { providers: [{ provide: APP_INTERCEPTOR, useClass: MetricsInterceptor }] },
      () => {},
    ],
    [
      'as the one of the module, globally',
      { providers: [{ provide: APP_INTERCEPTOR, useExisting: MetricsInterceptor }] },
      () => {},
    ],
    ['by the app', {}, (app) => app.useGlobalInterceptors(app.get(MetricsInterceptor))],
    ['at a controller', { controllers: [InterceptedController] }, () => {}],
  ])('counts each request once where MetricsInterceptor is bound %s', async (_where, more, bind) => {
    for (const via of ['interceptor', 'adapter'] as const) {
      const app = await startApp({
        platform,
        controllers,
        ...more,
        options: { http: { via } },
        prepare: (nest) => void bind(nest),
      });
      const path = more.controllers ? '/intercepted' : '/things/1';
      await app.request(path);
      await app.request('/nothing');

      expect(await scraped(app, 'http_requests_total', { status: 200 })).toEqual([1]);
      expect(await scraped(app, 'http_requests_total', { status: 404 })).toEqual(
        via === 'adapter' ? [1] : [],
      );
      await app.close();
    }
  });

  it('leaves rawBody as it is', async () => {
    const registry = new Registry();
    class AppModule {}
    Module({ controllers, imports: [MetricsModule.forRoot({ registry, http: { sizes: true } })] })(AppModule);
    const settings = { logger: false as const, rawBody: true };
    const app =
      platform === 'express'
        ? await NestFactory.create(AppModule, settings)
        : await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), settings);
    await app.listen(0, '127.0.0.1');
    const response = await fetch(`${await app.getUrl()}/things/raw`, json('{"a" : 1}'));

    expect(await response.json()).toEqual({ raw: '{"a" : 1}', body: { a: 1 } });
    await app.close();
  });

  it('counts requests and calls of a hybrid app each once', async () => {
    const app = await startApp({
      platform,
      controllers,
      prepare: async (nest) => {
        nest.connectMicroservice({ transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } });
        await nest.startAllMicroservices();
      },
    });

    expect((await app.request('/things/1')).body).toBe('found');
    app.get<ThingsController>(ThingsController).message();

    expect(await scraped(app, 'http_requests_total', { route: '/things/:id' })).toEqual([1]);
    expect(await scraped(app, 'messages_total')).toEqual([1]);
  });

  it('counts what middleware answers and where it fails once, whether or not the route is there', async () => {
    const failing = (request: { headers: Record<string, unknown> }, response: Ending, next: Next): void => {
      switch (request.headers['x-mood']) {
        case 'answers':
          response.statusCode = 202;
          return response.end('answered');
        case 'throws':
          throw new Error('thrown');
        case 'fails':
          return next(new Error('failed'));
        default:
          return next();
      }
    };
    const app = await startApp({ platform, controllers, prepare: (nest) => void nest.use(failing) });

    const statuses: number[] = [];
    for (const mood of ['answers', 'throws', 'fails', 'passes']) {
      for (const path of ['/things/1', '/nothing']) {
        statuses.push((await app.request(path, { headers: { 'x-mood': mood } })).status);
      }
    }

    expect(statuses).toEqual([202, 202, 500, 500, 500, 500, 200, 404]);
    const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
    for (const [status, count] of [
      [202, 2],
      [500, 4],
      [200, 1],
      [404, 1],
    ] as const) {
      expect(sum(await scraped(app, 'http_requests_total', { status }))).toBe(count);
      expect(sum(await scraped(app, 'http_request_duration_seconds_count', { status }))).toBe(count);
    }
    expect(await scraped(app, 'http_requests_total', { status: 202, route: 'unmatched' })).toEqual([2]);
    expect(sum(await scraped(app, 'http_request_exceptions_total'))).toBe(4);
    expect(await scraped(app, 'http_requests_in_progress', { method: 'GET' })).toEqual([0]);
  });

  it('matches excluded paths by expressions with state anew each time', async () => {
    const excludedPaths = [/\/things\/1/g, /\/things\/2/y, 'nothing'];
    const app = await startApp({ platform, controllers, options: { http: { excludedPaths } } });

    for (const path of ['/things/1', '/things/1', '/things/2', '/things/2', '/things/3', '/nothing']) {
      await app.request(path);
    }

    expect(await scraped(app, 'http_requests_total')).toEqual([1, 1]);
    expect(await scraped(app, 'http_requests_total', { route: '/things/:id' })).toEqual([1]);
    expect(await scraped(app, 'http_requests_total', { route: 'unmatched' })).toEqual([1]);
  });

  it('tells in OpenMetrics when series were made, with createdTimestamps', async () => {
    const before = Date.now() / 1000;
    const app = await startApp({ platform, controllers, options: { createdTimestamps: true } });
    await app.request('/things/1');

    const headers = { accept: 'application/openmetrics-text' };
    const open = (await app.request('/metrics', { headers })).body;
    const [created] = valuesIn(open, 'http_requests_created', { route: '/things/:id' });
    expect(created).toBeGreaterThanOrEqual(Math.floor(before));
    expect(created).toBeLessThanOrEqual(Date.now() / 1000);
    expect(open).toMatch(/^http_request_duration_seconds_created\{/m);
    expect((await app.request('/metrics')).body).not.toContain('_created');
  });

  it.each<[string, (registry: Registry) => DynamicModule]>([
    [
      'useClass',
      (registry) => {
        @Injectable()
        class Factory implements MetricsOptionsFactory {
          createMetricsOptions(): MetricsOptions {
            return { registry, processMetrics: false, endpoint: { path: '/late' }, info: { version: '2' } };
          }
        }
        return MetricsModule.forRootAsync({ useClass: Factory });
      },
    ],
    [
      'useExisting',
      (registry) => {
        @Injectable()
        class Factory {
          async createMetricsOptions(): Promise<MetricsOptions> {
            return { registry, processMetrics: false, endpoint: { path: '/late' }, info: { version: '2' } };
          }
        }
        @Module({ providers: [Factory], exports: [Factory] })
        class SettingsModule {}
        return MetricsModule.forRootAsync({ imports: [SettingsModule], useExisting: Factory });
      },
    ],
    [
      'inject',
      (registry) => {
        const VERSION = Symbol('version');
        @Module({ providers: [{ provide: VERSION, useValue: '2' }], exports: [VERSION] })
        class SettingsModule {}
        return MetricsModule.forRootAsync({
          imports: [SettingsModule],
          inject: [VERSION],
          useFactory: (version: string) => ({
            registry,
            processMetrics: false,
            endpoint: { path: '/late' },
            info: { version },
          }),
        });
      },
    ],
  ])('takes the options of a factory by %s', async (_by, moduleOf) => {
    class AppModule {}
    Module({ controllers, imports: [moduleOf(new Registry())] })(AppModule);
    const settings = { logger: false as const, abortOnError: false };
    const app =
      platform === 'express'
        ? await NestFactory.create(AppModule, settings)
        : await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), settings);
    app.setGlobalPrefix('api');
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const get = async (path: string): Promise<string> => (await fetch(url + path)).text();

    expect(await get('/api/things/1')).toBe('found');
    const body = await get('/late');
    expect(valuesIn(body, 'app_info', { version: '2' })).toEqual([1]);
    expect(valuesIn(body, 'http_requests_total', { route: '/api/things/:id' })).toEqual([1]);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    await app.close();
  });
});

interface Ending {
  statusCode: number;
  end(body: string): void;
}
type Next = (error?: Error) => void;

it('counts a request once in apps that share a registry, one mounted in the other', async () => {
  const registry = new Registry();
  class InnerModule {}
  Module({
    controllers,
    imports: [MetricsModule.forRoot({ registry, processMetrics: false, endpoint: false })],
  })(InnerModule);
  const inner = await NestFactory.create(InnerModule, { logger: false });
  await inner.init();
  const outer = await startApp({
    options: { registry },
    prepare: (nest) => void nest.use('/sub', inner.getHttpAdapter().getInstance()),
  });

  expect((await outer.request('/sub/things/1')).body).toBe('found');
  expect((await outer.request('/nothing')).status).toBe(404);

  expect(await scraped(outer, 'http_requests_total')).toEqual([1, 1]);
  expect(await scraped(outer, 'http_requests_total', { route: '/things/:id', status: 200 })).toEqual([1]);
  expect(await scraped(outer, 'http_requests_total', { route: 'unmatched', status: 404 })).toEqual([1]);
  expect(await scraped(outer, 'http_requests_in_progress')).toEqual([0]);
  await outer.close();
  await inner.close();
});
