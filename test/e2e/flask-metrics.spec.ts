import { Controller, Get, Param } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Counted, Gauged, Timed, type MetricContext } from '../../src/index.js';
import { closeApps, PLATFORMS } from '../support/metrics-app.js';
import { serve, type Scraped } from './flask-client.js';

afterEach(closeApps);

const uri = ({ request }: MetricContext): string => request.url;
const code = ({ response }: MetricContext): number => response.statusCode;
const parameter =
  (name: string) =>
  ({ request }: MetricContext): string | undefined =>
    (request.params as Record<string, string>)[name];

describe.each(PLATFORMS)('the metrics of prometheus_flask_exporter, on %s', (platform) => {
  it('histogram: without labels, with labels of request and response, with buckets', async () => {
    @Controller('test')
    class TimedController {
      @Get('1')
      @Timed('hist_1')
      one(): string {
        return 'OK';
      }

      @Get('2')
      @Timed('hist_2', { labels: { uri, code } })
      two(): string {
        return 'OK';
      }

      @Get(':x/:y')
      @Timed('hist_3', {
        labels: { x_value: parameter('x'), y_value: parameter('y') },
        buckets: [0.7, 2.9],
      })
      three(): string {
        return 'OK';
      }
    }
    const app = await serve(TimedController, {}, { platform });

    expect(await app.value('hist_1_count')).toBe(0);
    await app.get('/test/1');
    expect(await app.value('hist_1_count')).toBe(1);
    expect(await app.value('hist_1_bucket', { le: '2.5' })).toBe(1);
    await app.get('/test/2');
    expect(await app.value('hist_2_count', { uri: '/test/2', code: 200 })).toBe(1);
    expect(await app.value('hist_2_bucket', { le: '1.0', uri: '/test/2', code: 200 })).toBe(1);
    await app.get('/test/3/4');
    expect(await app.value('hist_3_count', { x_value: 3, y_value: 4 })).toBe(1);
    expect(await app.value('hist_3_bucket', { le: '0.7', x_value: 3, y_value: 4 })).toBe(1);
  });

  it('summary: without labels, with fixed and computed ones', async () => {
    @Controller('test')
    class TimedController {
      @Get('1')
      @Timed('sum_1', { type: 'summary' })
      one(): string {
        return 'OK';
      }

      @Get('2')
      @Timed('sum_2', { type: 'summary', labels: { uri, code, variant: 2 } })
      two(): string {
        return 'OK';
      }
    }
    const app = await serve(TimedController, {}, { platform });

    expect(await app.value('sum_1_count')).toBe(0);
    await app.get('/test/1');
    expect(await app.value('sum_1_count')).toBe(1);
    await app.get('/test/2');
    expect(await app.value('sum_2_count', { uri: '/test/2', code: 200, variant: 2 })).toBe(1);
  });

  it('gauge: 1 while the handler runs, 0 before and after', async () => {
    const during: number[] = [];
    let app: Scraped;
    @Controller('test')
    class GaugedController {
      @Get('1')
      @Gauged('gauge_1')
      async one(): Promise<string> {
        during.push(await app.value('gauge_1'));
        return 'OK';
      }

      @Get(':a')
      @Gauged('gauge_2', { labels: { uri, a_value: parameter('a') } })
      async two(@Param('a') a: string): Promise<string> {
        during.push(await app.value('gauge_2', { uri: '/test/2', a_value: 2 }));
        return `OK: ${a}`;
      }
    }
    app = await serve(GaugedController, {}, { platform });

    expect(await app.value('gauge_1')).toBe(0);
    await app.get('/test/1');
    expect(await app.value('gauge_1')).toBe(0);
    await app.get('/test/2');
    expect(await app.value('gauge_2', { uri: '/test/2', a_value: 2 })).toBe(0);
    expect(during).toEqual([1, 1]);
  });

  it('counter: from 0 without labels, with labels of request and response', async () => {
    @Controller('test')
    class CountedController {
      @Get('1')
      @Counted('cnt_1')
      one(): string {
        return 'OK';
      }

      @Get('2')
      @Counted('cnt_2', { labels: { uri, code } })
      two(): string {
        return 'OK';
      }
    }
    const app = await serve(CountedController, {}, { platform });

    expect(await app.value('cnt_1_total')).toBe(0);
    for (const count of [1, 2, 3]) {
      await app.get('/test/1');
      expect(await app.value('cnt_1_total')).toBe(count);
    }
    await app.get('/test/2');
    expect(await app.value('cnt_2_total', { uri: '/test/2', code: 200 })).toBe(1);
  });

  it('default format: text 0.0.4', async () => {
    @Controller('example')
    class ExampleController {
      @Get()
      test(): string {
        return 'OK';
      }
    }
    const app = await serve(ExampleController, {}, { platform });

    await app.get(...Array<string>(5).fill('/example'));
    const response = await app.scrape();
    const body = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).not.toContain('# EOF');
    expect(body).toMatch(/^http_request_duration_seconds_count\{[^}]+\} 5$/m);
  });

  it('OpenMetrics format', async () => {
    @Controller('example')
    class ExampleController {
      @Get()
      test(): string {
        return 'OK';
      }
    }
    const app = await serve(ExampleController, {}, { platform });

    await app.get(...Array<string>(5).fill('/example'));
    const response = await app.scrape('', { accept: 'application/openmetrics-text' });
    const body = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(body.endsWith('# EOF\n')).toBe(true);
    expect(body).toMatch(/^http_request_duration_seconds_count\{[^}]+\} 5(\.0)?$/m);
  });
});
