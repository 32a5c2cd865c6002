import { Controller, Get, Param, Post } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { GroupBy, MetricRequest } from '../../src/index.js';
import { closeApps, PLATFORMS } from '../support/metrics-app.js';
import { serve } from './flask-client.js';

afterEach(closeApps);

@Controller()
class AnyController {
  @Get(':url')
  find(@Param('url') url: string): string {
    return `${url} is OK`;
  }

  @Post(':url')
  save(@Param('url') url: string): string {
    return `${url} is OK`;
  }
}

const COUNT = 'http_request_duration_seconds_count';
const BUCKET = 'http_request_duration_seconds_bucket';

describe.each(PLATFORMS)('group_by of prometheus_flask_exporter, on %s', (platform) => {
  const withGroups = (groupBy: GroupBy, latency: 'histogram' | 'summary' = 'histogram') =>
    serve(AnyController, { http: { groupBy, latency } }, { platform });

  it('path: each raw path', async () => {
    const app = await withGroups('path');

    await app.get('/test1', '/test2', '/test3');
    for (const path of ['/test1', '/test2', '/test3']) {
      expect(await app.value(BUCKET, { method: 'GET', path, status: 200, le: '+Inf' })).toBe(1);
      expect(await app.value(COUNT, { method: 'GET', path, status: 200 })).toBe(1);
    }
  });

  it('path: in summaries too', async () => {
    const app = await withGroups('path', 'summary');

    await app.get('/default1', '/default2', '/default3');
    for (const path of ['/default1', '/default2', '/default3']) {
      const labels = { method: 'GET', path, status: 200 };
      expect(await app.value('http_request_duration_seconds_sum', labels)).toBeGreaterThan(0);
      expect(await app.value(COUNT, labels)).toBe(1);
    }
  });

  it('rule: the route, which is the default here', async () => {
    @Controller()
    class RulesController {
      @Get('test/:item')
      first(@Param('item') item: string): string {
        return `${item} is OK`;
      }

      @Get('get/:sample')
      second(@Param('sample') sample: string): string {
        return `${sample} is OK`;
      }
    }
    const app = await serve(RulesController, {}, { platform });

    await app.get('/test/1', '/test/2', '/get/1');
    for (const [route, count] of [
      ['/test/:item', 2],
      ['/get/:sample', 1],
    ] as const) {
      expect(await app.value(BUCKET, { method: 'GET', route, status: 200, le: '+Inf' })).toBe(count);
      expect(await app.value(COUNT, { method: 'GET', route, status: 200 })).toBe(count);
    }
  });

  it('endpoint: the handler', async () => {
    const app = await withGroups('handler');

    await app.get('/test', '/test2', '/test3');
    const labels = { method: 'GET', handler: 'AnyController.find', status: 200 };
    expect(await app.value(BUCKET, { ...labels, le: '+Inf' })).toBe(3);
    expect(await app.value(COUNT, labels)).toBe(3);
    await app.expectAbsent(BUCKET, { path: '/test' });
  });

  it('full path: path and query', async () => {
    const app = await withGroups('url');

    await app.get('/test?x=1', '/test?x=2', '/test?x=3');
    for (const url of ['/test?x=1', '/test?x=2', '/test?x=3']) {
      expect(await app.value(BUCKET, { method: 'GET', url, status: 200, le: '+Inf' })).toBe(1);
      expect(await app.value(COUNT, { method: 'GET', url, status: 200 })).toBe(1);
    }
  });

  it('function: its name is the label', async () => {
    function composite(request: MetricRequest): string {
      const { pathname, searchParams } = new URL(request.url, 'http://localhost');
      return `${request.method}::${pathname} >> ${searchParams.get('type') ?? 'none'}`;
    }
    const app = await withGroups(composite);

    await app.get('/sample?type=A', '/sample?type=Beta');
    await app.send('POST', '/plain');
    for (const [value, method, status] of [
      ['GET::/sample >> A', 'GET', 200],
      ['GET::/sample >> Beta', 'GET', 200],
      ['POST::/plain >> none', 'POST', 201],
    ] as const) {
      expect(await app.value(BUCKET, { method, composite: value, status, le: '+Inf' })).toBe(1);
      expect(await app.value(COUNT, { method, composite: value, status })).toBe(1);
    }
  });
});

describe('group_by of prometheus_flask_exporter', () => {
  it('lambda: refused, with the reason', async () => {
    await expect(serve(AnyController, { http: { groupBy: (({ url }) => url) as GroupBy } })).rejects.toThrow(
      /groupBy/,
    );
  });
});
