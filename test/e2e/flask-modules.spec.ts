import {
  Controller,
  Get,
  Header,
  HttpException,
  Module,
  Query,
  Redirect,
  Res,
  Sse,
  StreamableFile,
  VersioningType,
  type MessageEvent,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { of, type Observable } from 'rxjs';
import { MetricsModule, MetricsService, Timed, type MetricContext } from '../../src/index.js';
import { closeApps, PLATFORMS } from '../support/metrics-app.js';
import { valuesIn } from '../support/scraped.js';
import { serve } from './flask-client.js';

afterEach(closeApps);

const status = (context: MetricContext): number | undefined => context.status;
const byStatus = { type: 'summary', labels: { status } } as const;

@Controller('sample')
class SampleController {
  @Get()
  @Timed('requests_by_status', byStatus)
  get(@Query('fail') fail?: string): string {
    if (fail) {
      throw new HttpException('Not OK', 400);
    }
    return 'OK';
  }
}

@Module({ controllers: [SampleController] })
class SampleModule {}

describe.each(PLATFORMS)('blueprints and resources as feature modules, on %s', (platform) => {
  it('blueprint: a controller of a feature module', async () => {
    const app = await serve([], {}, { platform, imports: [SampleModule] });

    await app.get('/sample');
    expect(await app.value('requests_by_status_count', { status: 200 })).toBe(1);
    expect(await app.value('requests_by_status_sum', { status: 200 })).toBeGreaterThan(0);
  });

  it('resources with blueprints: below the prefix of RouterModule', async () => {
    const imports = [SampleModule, RouterModule.register([{ path: 'v1', module: SampleModule }])];
    const app = await serve([], {}, { platform, imports });

    expect(await app.get('/v1/sample', '/v1/sample', '/v1/sample?fail=1')).toEqual([200, 200, 400]);
    expect(await app.value('requests_by_status_count', { status: 200 })).toBe(2);
    expect(await app.value('requests_by_status_sum', { status: 200 })).toBeGreaterThan(0);
    expect(await app.value('requests_by_status_count', { status: 400 })).toBe(1);
    expect(await app.value('requests_by_status_sum', { status: 400 })).toBeGreaterThan(0);
    expect(await app.value('http_requests_total', { route: '/v1/sample', status: 200 })).toBe(2);
  });

  it('resources that return nothing', async () => {
    @Controller('v1/sample')
    class EmptyController {
      @Get()
      @Header('X-Sample', 'yes')
      @Timed('requests_by_status', byStatus)
      get(@Query('fail') fail?: string): null {
        if (fail) {
          throw new HttpException('', 400);
        }
        return null;
      }
    }
    const app = await serve(EmptyController, {}, { platform });

    await app.get('/v1/sample', '/v1/sample', '/v1/sample?fail=1');
    expect(await app.value('requests_by_status_count', { status: 200 })).toBe(2);
    expect(await app.value('requests_by_status_sum', { status: 200 })).toBeGreaterThan(0);
    expect(await app.value('requests_by_status_count', { status: 400 })).toBe(1);
    expect(await app.value('requests_by_status_sum', { status: 400 })).toBeGreaterThan(0);
  });

  it('versioned routes', async () => {
    @Controller({ path: 'items', version: '2' })
    class ItemsController {
      @Get()
      @Timed('requests_by_status', byStatus)
      get(): string {
        return 'OK';
      }
    }
    const app = await serve(
      ItemsController,
      {},
      {
        platform,
        prepare: (nest) => void nest.enableVersioning({ type: VersioningType.URI }),
      },
    );

    await app.get('/v2/items', '/items');
    expect(await app.value('requests_by_status_count', { status: 200 })).toBe(1);
    expect(await app.value('http_requests_total', { route: '/v2/items', status: 200 })).toBe(1);
    expect(await app.value('http_requests_total', { route: 'unmatched', status: 404 })).toBe(1);
  });

  it('answers of every kind: @Res(), a stream, server-sent events, a redirect', async () => {
    @Controller()
    class AnswersController {
      @Get('res')
      @Timed('requests_by_status', byStatus)
      res(@Res() response: { status(code: number): { send(body: string): void } }): void {
        response.status(202).send('accepted');
      }

      @Get('stream')
      @Timed('requests_by_status', byStatus)
      stream(): StreamableFile {
        return new StreamableFile(Buffer.from('bytes'));
      }

      @Sse('events')
      events(): Observable<MessageEvent> {
        return of({ data: 'one' }, { data: 'two' });
      }

      @Get('moved')
      @Redirect('/res', 302)
      @Timed('requests_by_status', byStatus)
      moved(): void {
        return;
      }
    }
    const app = await serve(AnswersController, {}, { platform });

    await app.get('/res', '/stream', '/events');
    await (await fetch(`${app.url}/moved`, { redirect: 'manual' })).arrayBuffer();
    for (const [code, route] of [
      [202, '/res'],
      [200, '/stream'],
      [200, '/events'],
      [302, '/moved'],
    ] as const) {
      expect(await app.value('http_requests_total', { route, status: code })).toBe(1);
    }
    for (const code of [202, 200, 302]) {
      expect(await app.value('requests_by_status_count', { status: code })).toBe(1);
    }
  });
});

describe('the app factory and the extensions', () => {
  it('app factory: options that are known only at start, and restricted scrapes', async () => {
    const registry = new Registry();
    @Module({
      imports: [
        MetricsModule.forRootAsync({
          useFactory: () => Promise.resolve({ registry, processMetrics: false, http: { groupBy: 'path' } }),
        }),
        SampleModule,
      ],
    })
    class FactoryModule {}
    const nest = await NestFactory.create(FactoryModule, { logger: false, abortOnError: false });
    await nest.listen(0, '127.0.0.1');
    const url = await nest.getUrl();
    try {
      await (await fetch(`${url}/sample`)).arrayBuffer();
      expect((await fetch(`${url}/metrics`)).status).toBe(200);
      expect((await fetch(`${url}/metrics?name[]=exporter_info`)).status).toBe(200);
      const name = 'http_request_duration_seconds';
      const query = ['bucket', 'count', 'sum'].map((sample) => `name[]=${name}_${sample}`).join('&');
      const body = await (await fetch(`${url}/metrics?${query}`)).text();
      const labels = { method: 'GET', path: '/sample', status: 200 };
      expect(valuesIn(body, `${name}_bucket`, { ...labels, le: '0.1' })).toEqual([1]);
      expect(valuesIn(body, `${name}_count`, labels)).toEqual([1]);
    } finally {
      await nest.close();
    }
  });

  it('registry: the one that was given', async () => {
    const registry = new Registry();
    const app = await serve(SampleController, { registry });

    expect(app.app.get<MetricsService>(MetricsService).registry).toBe(registry);
    expect(registry.getSingleMetric('http_requests_total')).toBeDefined();
  });

  it('other parameters: path, no defaults, prefix, default labels', async () => {
    const app = await serve(SampleController, {
      endpoint: { path: '/testing' },
      defaultLabels: { testing: 1 },
      http: { prefix: 'unittest' },
    });

    await app.get('/sample');
    expect(await app.value('unittest_http_requests_total', { testing: 1, status: 200 })).toBe(1);
    expect(await app.value('requests_by_status_count', { testing: 1, status: 200 })).toBe(1);
    expect(await app.get('/metrics')).toEqual([404]);
  });
});
