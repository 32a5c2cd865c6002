import {
  ConflictException,
  Controller,
  Get,
  HttpCode,
  Injectable,
  UseGuards,
  type CanActivate,
} from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Counted,
  DoNotTrack,
  ExcludeAllMetrics,
  Gauged,
  MetricsModule,
  MetricsService,
  type MetricLabels,
} from '../../src/index.js';
import { closeApps, PLATFORMS } from '../support/metrics-app.js';
import { serve } from './flask-client.js';

afterEach(closeApps);

@Controller('test')
class TestController {
  @Get()
  test(): string {
    return 'OK';
  }
}

const DURATION = 'http_request_duration_seconds';
const OK = { method: 'GET', route: '/test', status: 200 };

describe.each(PLATFORMS)('the defaults of prometheus_flask_exporter, on %s', (platform) => {
  it('simple: duration, total and the exporter itself', async () => {
    const app = await serve(TestController, {}, { platform });

    expect(
      await app.value('exporter_info', { version: app.app.get<MetricsService>(MetricsService).version }),
    ).toBe(1);
    await app.get('/test', '/test');
    expect(await app.value('http_requests_total', { method: 'GET', status: 200 })).toBe(2);
    expect(await app.value(`${DURATION}_count`, OK)).toBe(2);
    await app.expectAbsent(`${DURATION}_count`, { route: '/metrics' });
    for (const le of ['0.1', '0.5', '1.0', '5.0', '+Inf']) {
      expect(await app.value(`${DURATION}_bucket`, { ...OK, le })).toBe(2);
    }
    await app.expectAbsent('http_request_exceptions_total', { method: 'GET' });

    await app.get('/test');
    expect(await app.value('http_requests_total', OK)).toBe(3);
    expect(await app.value(`${DURATION}_count`, OK)).toBe(3);
  });

  it('skip: a handler that is not tracked', async () => {
    @Controller('skip')
    class SkipController {
      @Get()
      @DoNotTrack()
      skip(): string {
        return 'OK';
      }
    }
    const app = await serve(SkipController, {}, { platform });

    expect(await app.get('/skip', '/skip')).toEqual([200, 200]);
    await app.expectAbsent('http_requests_total');
    await app.expectAbsent(`${DURATION}_count`);
  });

  it('exception counter: uncaught errors alone, no HTTP exceptions', async () => {
    @Controller()
    class FailingController {
      @Get('error')
      error(): void {
        throw new TypeError('on purpose');
      }

      @Get('abort')
      abort(): void {
        throw new ConflictException();
      }
    }
    const app = await serve(FailingController, {}, { platform });

    await app.get('/error');
    expect(await app.value('http_request_exceptions_total', { method: 'GET', status: 500 })).toBe(1);
    await app.get('/error', '/error', '/error');
    expect(await app.value('http_request_exceptions_total', { method: 'GET', status: 500 })).toBe(4);
    await app.get('/abort', '/abort', '/abort', '/abort', '/abort');
    expect(await app.value('http_request_exceptions_total', { method: 'GET', status: 500 })).toBe(4);
    await app.expectAbsent('http_request_exceptions_total', { status: 409 });
    expect(await app.value('http_requests_total', { method: 'GET', status: 409 })).toBe(5);
  });

  it('do not track: excludes the defaults only, wherever it stands', async () => {
    @Controller('skip/defaults')
    class SkipController {
      @Get()
      @Counted('cnt_before')
      @DoNotTrack()
      @Counted('cnt_after')
      test(): string {
        return 'OK';
      }
    }
    const app = await serve(SkipController, {}, { platform });

    await app.get('/skip/defaults', '/skip/defaults');
    await app.expectAbsent('http_requests_total');
    await app.expectAbsent(`${DURATION}_count`);
    await app.expectAbsent('http_request_exceptions_total');
    expect(await app.value('cnt_before_total')).toBe(2);
    expect(await app.value('cnt_after_total')).toBe(2);
  });

  it('exclude all: not even a series at 0, wherever it stands', async () => {
    @Controller('skip')
    class SkipController {
      @Get()
      @Gauged('gauge_before')
      @Counted('cnt_before')
      @ExcludeAllMetrics()
      @Counted('cnt_after')
      @Gauged('gauge_after')
      test(): string {
        return 'OK';
      }
    }
    const app = await serve(SkipController, {}, { platform });

    expect(await app.get('/skip', '/skip')).toEqual([200, 200]);
    await app.expectAbsent('http_requests_total');
    for (const name of ['cnt_before_total', 'cnt_after_total', 'gauge_before', 'gauge_after']) {
      await app.expectAbsent(name);
    }
  });

  it('static labels: on HTTP and decorated metrics, not on the info', async () => {
    @Controller('test')
    class LabelledController {
      @Get()
      @Counted('test_counter', { labels: { code: ({ response }) => response.statusCode } })
      test(): string {
        return 'OK';
      }
    }
    const own = { app_name: 'Test-App', api_version: 1 };
    const app = await serve(
      LabelledController,
      { defaultLabels: own, createdTimestamps: true },
      { platform },
    );

    await app.get('/test', '/test');
    expect(await app.value('http_requests_total', { ...OK, ...own })).toBe(2);
    expect(await app.value(`${DURATION}_count`, { ...OK, ...own })).toBe(2);
    expect(await app.value('test_counter_total', { code: 200, ...own })).toBe(2);
    const open = await (await app.scrape('', { accept: 'application/openmetrics-text' })).text();
    expect(open).toMatch(/^test_counter_created\{[^}]*code="200"[^}]*\} \d+/m);
    await app.expectAbsent('exporter_info', own);
    expect(await app.value('exporter_info')).toBe(1);
  });

  it('static labels: on a metric that has no labels of its own', async () => {
    @Controller('test')
    class PlainController {
      @Get()
      @Counted('test_counter')
      test(): string {
        return 'OK';
      }
    }
    const own = { app_name: 'Test-App', api_version: 1 };
    const app = await serve(PlainController, { defaultLabels: own, createdTimestamps: true }, { platform });

    await app.get('/test', '/test');
    expect(await app.value('http_requests_total', { ...OK, ...own })).toBe(2);
    expect(await app.value(`${DURATION}_count`, { ...OK, ...own })).toBe(2);
    expect(await app.value('test_counter_total', own)).toBe(2);
    const open = await (await app.scrape('', { accept: 'application/openmetrics-text' })).text();
    expect(open).toMatch(/^test_counter_created\{[^}]*app_name="Test-App"[^}]*\} \d+/m);
    await app.expectAbsent('exporter_info', own);
  });

  it('default labels: fixed and from the request', async () => {
    @Controller('test')
    class LabelledController {
      @Get()
      @Counted('test_counter', { labels: { code: ({ response }) => response.statusCode } })
      test(): string {
        return 'OK';
      }
    }
    const app = await serve(
      LabelledController,
      { defaultLabels: { static: 'testing', dm: ({ request }) => request.method } },
      { platform },
    );

    await app.get('/test', '/test');
    const own = { static: 'testing', dm: 'GET' };
    expect(await app.value('http_requests_total', { ...OK, ...own })).toBe(2);
    expect(await app.value(`${DURATION}_count`, { ...OK, ...own })).toBe(2);
    expect(await app.value('test_counter_total', { code: 200, ...own })).toBe(2);
    await app.expectAbsent('exporter_info', { static: 'testing' });
  });
});

describe('the options of prometheus_flask_exporter', () => {
  it('response object: a decorated function that the handler calls', async () => {
    @Injectable()
    class Invocations {
      @Counted('success_invocation', { help: 'Successful invocation' })
      success(): number {
        return 200;
      }
    }
    @Controller('test')
    class CallingController {
      constructor(private readonly invocations: Invocations) {}

      @Get()
      test(): object {
        return { status: this.invocations.success() };
      }
    }
    const app = await serve(CallingController, {}, { providers: [Invocations] });

    await app.get('/test', '/test');
    expect(await app.value('http_requests_total', OK)).toBe(2);
    expect(await app.value(`${DURATION}_count`, OK)).toBe(2);
    expect(await app.value('success_invocation_total')).toBe(2);
  });

  it('custom path', async () => {
    const app = await serve(TestController, { endpoint: { path: '/my-metrics' } });

    await app.get('/test');
    expect(await app.value('http_requests_total', { method: 'GET', status: 200 })).toBe(1);
    expect(await app.value(`${DURATION}_count`, OK)).toBe(1);
    await app.expectAbsent('http_request_exceptions_total');
  });

  it('custom metrics decorator: runs for scrapes alone', async () => {
    let invocations = 0;
    @Injectable()
    class CountingGuard implements CanActivate {
      canActivate(): boolean {
        invocations += 1;
        return true;
      }
    }
    const app = await serve(TestController, { endpoint: { decorators: [UseGuards(CountingGuard)] } });

    await app.get('/test');
    expect(invocations).toBe(0);
    expect(await app.value('http_requests_total', OK)).toBe(1);
    expect(invocations).toBe(1);
  });

  it('no default export', async () => {
    const app = await serve(TestController, { http: false });

    expect(await app.get('/test')).toEqual([200]);
    for (const name of ['http_requests_total', `${DURATION}_count`, 'http_request_exceptions_total']) {
      await app.expectAbsent(name);
    }
  });

  it('custom defaults prefix', async () => {
    const app = await serve(TestController, { http: { prefix: 'www' } });

    await app.expectAbsent('exporter_info');
    expect(await app.value('www_exporter_info')).toBe(1);
    await app.get('/test', '/test');
    await app.expectAbsent('http_requests_total');
    expect(await app.value('www_http_requests_total', OK)).toBe(2);
    expect(await app.value(`www_${DURATION}_count`, OK)).toBe(2);
  });

  it('no defaults prefix', async () => {
    const app = await serve(TestController);

    expect(await app.value('exporter_info')).toBe(1);
    await app.get('/test', '/test', '/test');
    await app.expectAbsent('flask_http_request_total');
    expect(await app.value('http_requests_total', OK)).toBe(3);
    expect(await app.value(`${DURATION}_count`, OK)).toBe(3);
  });

  it('no automatic endpoint: the app exposes them where it likes', async () => {
    @Controller()
    class ManualController {
      constructor(private readonly metrics: MetricsService) {}

      @Get('manual/metrics')
      @DoNotTrack()
      async manual(): Promise<string> {
        return (await this.metrics.render()).body;
      }
    }
    const app = await serve([TestController, ManualController], { endpoint: false });

    await app.get('/test');
    expect(await app.get('/metrics')).toEqual([404]);
    await app.get('/test');
    const body = await (await fetch(`${app.url}/manual/metrics`)).text();
    expect(body).toContain('http_requests_total{method="GET",route="/test",status="200"} 2\n');
  });

  it('latencies as a summary', async () => {
    const app = await serve(TestController, { http: { latency: 'summary' } });

    await app.get('/test', '/test', '/test');
    expect(await app.value(`${DURATION}_sum`, OK)).toBeGreaterThan(0);
    expect(await app.value(`${DURATION}_count`, OK)).toBe(3);
    await app.expectAbsent(`${DURATION}_bucket`);
  });

  it('custom buckets', async () => {
    const app = await serve(TestController, { http: { buckets: [0.2, 2, 4] } });

    await app.get('/test', '/test');
    for (const le of ['0.2', '2.0', '4.0', '+Inf']) {
      expect(await app.value(`${DURATION}_bucket`, { ...OK, le })).toBe(2);
    }
    for (const le of ['0.1', '0.3', '1.2', '5.0']) {
      await app.expectAbsent(`${DURATION}_bucket`, { ...OK, le });
    }
  });

  it('invalid labels: a TypeError', () => {
    const labels = ['name', 'value'] as unknown as MetricLabels;

    expect(() => Counted('invalid_counter', { labels })).toThrow(TypeError);
  });

  it('info: with labels, set later, without labels', async () => {
    const app = await serve(TestController);
    const metrics = app.app.get<MetricsService>(MetricsService);

    metrics.info('info', 'Info', { x: 1, y: 2 });
    expect(await app.value('info', { x: 1, y: 2 })).toBe(1);
    metrics.info('sample', 'Sample', { key: 'value' }).set({ key: 'value' }, 5);
    expect(await app.value('sample', { key: 'value' })).toBe(5);
    metrics.info('no_labels', 'Without labels', {});
    expect(await app.value('no_labels')).toBe(1);
  });

  it('no content: a status that the handler declares', async () => {
    @Controller('no/content')
    class EmptyController {
      @Get()
      @HttpCode(204)
      empty(): void {
        return;
      }
    }
    const app = await serve(EmptyController);

    await app.get('/no/content', '/no/content');
    expect(await app.value('http_requests_total', { method: 'GET', status: 204 })).toBe(2);
    expect(await app.value(`${DURATION}_count`, { route: '/no/content', status: 204 })).toBe(2);
  });

  it('a second forRoot stops the app', async () => {
    await expect(serve(TestController, {}, { imports: [MetricsModule.forRoot()] })).rejects.toThrow(/once/);
  });
});
