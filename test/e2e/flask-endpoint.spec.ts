import { createServer, type AddressInfo } from 'node:net';
import {
  BadRequestException,
  Catch,
  ConflictException,
  Controller,
  Get,
  Injectable,
  ServiceUnavailableException,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Counted, MetricsService, Timed, type MetricContext } from '../../src/index.js';
import { closeApps, PLATFORMS } from '../support/metrics-app.js';
import { valuesIn } from '../support/scraped.js';
import { serve } from './flask-client.js';

afterEach(closeApps);

const DURATION = 'http_request_duration_seconds';
const SAMPLES_OF_DURATION = ['bucket', 'count', 'sum']
  .map((sample) => `name[]=${DURATION}_${sample}`)
  .join('&');
const status = (context: MetricContext): number | undefined => context.status;
const path = ({ request }: MetricContext): string => request.url;
const five = (...paths: string[]): string[] => Array<string[]>(5).fill(paths).flat();

@Controller('test')
class TestController {
  @Get()
  test(): string {
    return 'OK';
  }
}

@Controller()
class TwoController {
  @Get('first')
  first(): string {
    return 'OK';
  }

  @Get('second')
  second(): string {
    return 'OK';
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each(PLATFORMS)('the endpoint of prometheus_flask_exporter, on %s', (platform) => {
  it('restricted: only the names asked for', async () => {
    const app = await serve(TestController, {}, { platform });
    await app.get('/test');

    const all = await (await app.scrape()).text();
    expect(all).toContain('exporter_info');
    expect(all).toContain('http_requests_total');
    expect(all).toContain(DURATION);

    const info = await (await app.scrape('?name[]=exporter_info')).text();
    expect(info).toContain('exporter_info');
    expect(info).not.toContain('http_request');

    const duration = await (await app.scrape(`?${SAMPLES_OF_DURATION}`)).text();
    expect(duration).not.toContain('exporter_info');
    expect(duration).not.toContain('http_requests_total');
    for (const sample of ['bucket', 'count', 'sum']) {
      expect(duration).toContain(`${DURATION}_${sample}{`);
    }
  });

  it('abort: an HTTP exception thrown in a timed handler', async () => {
    @Controller('error')
    class AbortingController {
      @Get()
      @Timed('http_index_requests_by_status', { type: 'summary', labels: { status } })
      @Timed('http_index_requests_by_status_and_path', { labels: { status, path } })
      abort(): void {
        throw new ServiceUnavailableException();
      }
    }
    const app = await serve(AbortingController, {}, { platform });

    await app.get('/error');
    expect(await app.value('http_index_requests_by_status_count', { status: 503 })).toBe(1);
    expect(await app.value('http_index_requests_by_status_sum', { status: 503 })).toBeGreaterThan(0);
    const labels = { status: 503, path: '/error' };
    const name = 'http_index_requests_by_status_and_path';
    expect(await app.value(`${name}_count`, labels)).toBe(1);
    expect(await app.value(`${name}_sum`, labels)).toBeGreaterThan(0);
    expect(await app.value(`${name}_bucket`, { ...labels, le: '0.5' })).toBe(1);
    expect(await app.value(`${name}_bucket`, { ...labels, le: '10.0' })).toBe(1);
  });

  it('exception: an error that nobody answers is a 500', async () => {
    @Controller('exception')
    class FailingController {
      @Get()
      @Timed('http_with_exception', { type: 'summary', labels: { status } })
      fail(): void {
        throw new Error('on purpose');
      }
    }
    const app = await serve(FailingController, {}, { platform });

    await app.get('/exception');
    expect(await app.value('http_with_exception_count', { status: 500 })).toBe(1);
    expect(await app.value('http_with_exception_sum', { status: 500 })).toBeGreaterThan(0);
  });

  it('abort before: a guard of the app that refuses', async () => {
    @Injectable()
    class RefusingGuard implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        if (context.switchToHttp().getRequest<{ url: string }>().url !== '/metrics') {
          throw new BadRequestException();
        }
        return true;
      }
    }
    const app = await serve(
      TestController,
      {},
      {
        platform,
        providers: [{ provide: APP_GUARD, useClass: RefusingGuard }],
      },
    );

    expect(await app.get('/test', '/test')).toEqual([400, 400]);
    expect(await app.value('http_requests_total', { method: 'GET', status: 400 })).toBe(2);
  });

  it('error handler: the status and headers that a filter sent', async () => {
    class NotImplemented extends Error {}
    @Catch(NotImplemented, ConflictException)
    @Injectable()
    class Filter implements ExceptionFilter {
      constructor(private readonly host: HttpAdapterHost) {}

      catch(error: unknown, context: ArgumentsHost): void {
        const response = context.switchToHttp().getResponse<object>();
        if (error instanceof ConflictException) {
          this.host.httpAdapter.setHeader(response, 'X-Original', `${error.getStatus()}`);
        }
        this.host.httpAdapter.reply(response, 'answered', 400);
      }
    }
    @Controller()
    class FailingController {
      @Get('exception')
      @Timed('http_with_exception', { type: 'summary', labels: { status } })
      exception(): void {
        throw new NotImplemented();
      }

      @Get('conflict')
      @Timed('http_with_code', {
        type: 'summary',
        labels: { status, code: ({ response }) => String(response.getHeader('X-Original') ?? -1) },
      })
      conflict(): void {
        throw new ConflictException();
      }
    }
    const app = await serve(
      FailingController,
      {},
      {
        platform,
        providers: [{ provide: APP_FILTER, useClass: Filter }],
      },
    );

    await app.get(...Array<string>(3).fill('/exception'));
    await app.get(...Array<string>(7).fill('/conflict'));
    expect(await app.value('http_with_exception_count', { status: 400 })).toBe(3);
    expect(await app.value('http_with_exception_sum', { status: 400 })).toBeGreaterThan(0);
    expect(await app.value('http_with_code_count', { status: 400, code: 409 })).toBe(7);
    expect(await app.value('http_with_code_sum', { status: 400, code: 409 })).toBeGreaterThan(0);
    await app.expectAbsent('http_request_exceptions_total');
  });

  it('error without a handler: 500 in the HTTP metrics', async () => {
    @Controller('exception')
    class FailingController {
      @Get()
      fail(): void {
        throw new Error('on purpose');
      }
    }
    const app = await serve(FailingController, {}, { platform });

    await app.get(...five('/exception'));
    expect(await app.value('http_requests_total', { method: 'GET', status: 500 })).toBe(5);
    expect(await app.value(`${DURATION}_count`, { route: '/exception', status: 500 })).toBe(5);
  });

  it('several endpoints: one decorator in a constant', async () => {
    const counted = Counted('test_counter', { help: 'Request counter for tests', labels: { path } });
    @Controller()
    class SharedController {
      @Get('first')
      @counted
      first(): string {
        return 'OK';
      }

      @Get('second')
      @counted
      second(): string {
        return 'OK';
      }
    }
    const app = await serve(SharedController, {}, { platform });

    await app.get(...five('/first', '/second'));
    const body = await (await app.scrape()).text();
    const counts = valuesIn(body, 'http_requests_total', { method: 'GET', status: 200 });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10);
    expect(valuesIn(body, 'test_counter_total', { path: '/first' })).toEqual([5]);
    expect(valuesIn(body, 'test_counter_total', { path: '/second' })).toEqual([5]);
  });

  it('more defaults: decorators that hold for every handler', async () => {
    const app = await serve(
      TwoController,
      {
        defaults: [
          Counted('test_counter', { labels: { path } }),
          Timed('test_summary', { type: 'summary', labels: { path } }),
        ],
      },
      { platform },
    );

    await app.get(...five('/first', '/second'));
    for (const each of ['/first', '/second']) {
      expect(await app.value('http_requests_total', { route: each, status: 200 })).toBe(5);
      expect(await app.value('test_counter_total', { path: each })).toBe(5);
      expect(await app.value('test_summary_count', { path: each })).toBe(5);
    }
    await app.expectAbsent('test_counter_total', { path: '/metrics' });
  });

  it('excluded endpoints: matched from the start of the path', async () => {
    let handled = 0;
    @Controller()
    class PathsController {
      @Get('included')
      included(): number {
        return (handled += 1);
      }

      @Get('excluded')
      excluded(): number {
        return (handled += 1);
      }
    }
    const app = await serve(PathsController, { http: { excludedPaths: '/exc' } }, { platform });

    await app.get(...five('/included', '/excluded'));
    expect(handled).toBe(10);
    expect(await app.value('http_requests_total', { method: 'GET', status: 200 })).toBe(5);
    expect(await app.value(`${DURATION}_count`, { route: '/included', status: 200 })).toBe(5);
    await app.expectAbsent(`${DURATION}_count`, { route: '/excluded' });
  });

  it('several excluded endpoints', async () => {
    let handled = 0;
    @Controller()
    class PathsController {
      @Get(['included', 'exc/one', 'exc/two'])
      any(): number {
        return (handled += 1);
      }
    }
    const app = await serve(
      PathsController,
      { http: { excludedPaths: ['/exc/one', '/exc/t.*'] } },
      { platform },
    );

    await app.get(...five('/included', '/exc/one', '/exc/two'));
    expect(handled).toBe(15);
    expect(await app.value('http_requests_total', { method: 'GET', status: 200 })).toBe(5);
    expect(await app.value(`${DURATION}_count`, { route: '/included', status: 200 })).toBe(5);
    await app.expectAbsent(`${DURATION}_count`, { route: '/exc/one' });
    await app.expectAbsent(`${DURATION}_count`, { route: '/exc/two' });
  });

  it.each([
    [true, 0],
    [false, 5],
  ])(
    'excluded paths and user defaults, with excludeUserDefaults: %s',
    async (excludeUserDefaults, counted) => {
      @Controller()
      class PathsController {
        @Get('included')
        included(): string {
          return 'OK';
        }

        @Get('excluded')
        excluded(): string {
          return 'OK';
        }
      }
      const app = await serve(
        PathsController,
        {
          http: { excludedPaths: '/excluded', excludeUserDefaults },
          defaults: [Counted('by_path_counter', { labels: { path } })],
        },
        { platform },
      );

      await app.get(...five('/included', '/excluded'));
      expect(await app.value('http_requests_total', { method: 'GET', status: 200 })).toBe(5);
      expect(await app.value('by_path_counter_total', { path: '/included' })).toBe(5);
      const body = await (await app.scrape()).text();
      expect(valuesIn(body, 'by_path_counter_total', { path: '/excluded' })).toEqual(
        counted ? [counted] : [],
      );
    },
  );
});

describe('the endpoint of prometheus_flask_exporter', () => {
  it('generated content: all of it, or the names asked for', async () => {
    const app = await serve(TestController, { endpoint: false });
    const metrics = app.app.get<MetricsService>(MetricsService);

    expect(await app.get('/test', '/metrics')).toEqual([200, 404]);
    const all = (await metrics.render()).body;
    expect(all).toContain('exporter_info');
    expect(all).toContain('http_requests_total');
    expect(all).toContain(DURATION);

    const info = (await metrics.render({ names: ['exporter_info'] })).body;
    expect(info).toContain('exporter_info');
    expect(info).not.toContain('http_request');

    const names = ['bucket', 'count', 'sum'].map((sample) => `${DURATION}_${sample}`);
    const duration = (await metrics.render({ names })).body;
    expect(duration).not.toContain('exporter_info');
    expect(duration).not.toContain('http_requests_total');
    expect(names.filter((name) => duration.includes(`${name}{`))).toEqual(names);
  });

  it('HTTP servers: on ports of their own, with a path, with a host', async () => {
    const metrics = (await serve(TestController)).app.get<MetricsService>(MetricsService);
    const [first, second, third] = [await freePort(), await freePort(), await freePort()];
    await metrics.startServer({ port: first });
    await metrics.startServer({ port: second, path: '/test/metrics' });
    await metrics.startServer({ port: third, host: '127.0.0.1' });

    for (const address of [`${first}/metrics`, `${second}/test/metrics`, `${third}/metrics`]) {
      const response = await fetch(`http://127.0.0.1:${address}`);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('exporter_info');
    }
    expect((await fetch(`http://127.0.0.1:${second}/metrics`)).status).toBe(404);
  });

  it('named endpoint: a handler whose name is not its path', async () => {
    @Controller('testing')
    class NamedController {
      @Get()
      @Timed('requests_by_status', { type: 'summary', labels: { status } })
      testingEndpoint(): string {
        return 'OK';
      }
    }
    const app = await serve(NamedController);

    await app.get(...five('/testing'));
    expect(await app.value('requests_by_status_count', { status: 200 })).toBe(5);
    expect(await app.value('requests_by_status_sum', { status: 200 })).toBeGreaterThan(0);
  });
});
