import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  HttpCode,
  Injectable,
  Param,
  Post,
  Body,
  Req,
  RequestMethod,
  Res,
  UseGuards,
  type CanActivate,
} from '@nestjs/common';
import { Counter as PromCounter } from 'prom-client';
import { currentRequest } from '../../src/http/request-context.js';
import { isExcluded, markAsEndpoint, recordOf, whenOver } from '../../src/http/request-record.js';
import type { MetricContext } from '../../src/labels/metric-context.js';
import type { MetricsOptions } from '../../src/metrics.options.js';
import { PLATFORMS, pause, start, type Platform, type RunningApp, type StartOptions } from './harness.js';

class Refuse implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable()
class Deep {
  async url(): Promise<string | undefined> {
    await pause(1);
    return (currentRequest()?.request as { url?: string } | undefined)?.url;
  }
}

let current: RunningApp | undefined;
let seen: unknown[] = [];

@Controller()
class ItemsController {
  constructor(readonly deep: Deep) {}

  @Get('items/:id')
  find(@Param('id') id: string): string {
    return id;
  }

  @Get('context')
  async context(): Promise<string> {
    return String(await this.deep.url());
  }

  @Post('context')
  async postContext(@Body() _body: object): Promise<string> {
    return String(await this.deep.url());
  }

  @Get('untracked')
  async untracked(): Promise<object> {
    return { inProgress: await current?.inProgress() };
  }

  @Post('echo')
  @HttpCode(200)
  echo(@Body() body: { text: string }): string {
    return body.text;
  }

  @Get('chunks')
  chunks(@Res() response: { raw?: NodeJS.WritableStream } & NodeJS.WritableStream): void {
    const raw = response.raw ?? response;
    raw.write('ab');
    raw.write(Buffer.from('cdé'));
    raw.end('f');
  }

  @Get('empty')
  @HttpCode(204)
  empty(): void {}

  @Get('scrape')
  async scrape(@Res({ passthrough: true }) response: object): Promise<object> {
    const request =
      (response as { req?: object; request?: object }).request ?? (response as { req: object }).req;
    markAsEndpoint(request);
    return { inProgress: await current?.inProgress() };
  }

  @Get('guarded-scrape')
  @UseGuards(Refuse)
  guardedScrape(): string {
    return 'never';
  }

  @Get('over')
  over(
    @Req() request: object,
    @Res() response: { status(code: number): { send(body: string): void } },
  ): void {
    const note = (word: string) => ({
      over(over: { status: number; request: object }) {
        seen.push(word, over.status, over.request === recordOf(request)?.request);
        if (word === 'first') {
          throw new Error('a listener that fails');
        }
      },
    });
    for (const word of ['first', 'second', 'third']) {
      whenOver(request, note(word));
    }
    seen.push(isExcluded(request));
    response.status(202).send('over');
  }
}

async function startWith(
  platform: Platform,
  metrics: MetricsOptions,
  more: Partial<StartOptions> = {},
): Promise<RunningApp> {
  seen = [];
  current = await start({ platform, controllers: [ItemsController], providers: [Deep], metrics, ...more });
  return current;
}

async function visit(path: string, init?: RequestInit): Promise<string> {
  return (await fetch(`${current?.url ?? ''}${path}`, init)).text();
}

afterEach(async () => {
  await current?.close();
  current = undefined;
});

describe.each(PLATFORMS)('HTTP options on %s', (platform) => {
  it.each([
    ['path', { groupBy: 'path' } as const, 'path', 'GET /items/a%20b 200', 'GET /nothing 404'],
    ['url', { groupBy: 'url' } as const, 'url', 'GET /items/a%20b?x=1 200', 'GET /nothing 404'],
    [
      'handler',
      { groupBy: 'handler' } as const,
      'handler',
      'GET ItemsController.find 200',
      'GET unmatched 404',
    ],
    ['a function', { groupBy: tenant }, 'tenant', 'GET t-/items/a%20b?x=1 200', 'GET t-/nothing 404'],
    ['a value', { groupBy: { label: 'kind', value: () => 7 } }, 'kind', 'GET 7 200', 'GET 7 404'],
  ])('group by %s', async (_kind, http, label, handled, unmatched) => {
    const running = await startWith(platform, { http });
    await visit('/items/a%20b?x=1');
    await visit('/nothing');
    expect(await running.settled(2)).toEqual({ [handled]: 1, [unmatched]: 1 });
    const [sample] = await running.samples('http_requests_total');
    expect(Object.keys(sample?.labels ?? {})).toEqual(['method', label, 'status']);
  });

  it('give status classes, a prefix, and a summary', async () => {
    const running = await startWith(platform, {
      http: { statusClasses: true, prefix: 'shop', latency: 'summary' },
    });
    await visit('/items/1');
    await visit('/nothing');
    expect(await running.settled(2, 'shop_http_requests_total')).toEqual({
      'GET /items/:id 2xx': 1,
      'GET unmatched 4xx': 1,
    });
    expect(await running.counts('shop_http_request_duration_seconds_count')).toEqual({
      'GET /items/:id 2xx': 1,
      'GET unmatched 4xx': 1,
    });
    expect(await running.samples('shop_http_request_duration_seconds_bucket')).toEqual([]);
  });

  it('take the buckets', async () => {
    const running = await startWith(platform, { http: { buckets: [100, 200] } });
    await visit('/items/1');
    await running.settled(1);
    const buckets = await running.samples('http_request_duration_seconds_bucket');
    expect(buckets.map(({ labels, value }) => [labels['le'], value])).toEqual([
      [100, 1],
      [200, 1],
      ['+Inf', 1],
    ]);
  });

  it('leave out excluded paths, from the start of the raw path', async () => {
    const running = await startWith(platform, { http: { excludedPaths: ['/items/\\d+$', /\/NO/i] } });
    await visit('/items/1?x=1');
    await visit('/items/1a');
    await visit('/nothing');
    await visit('/over/nothing');
    expect(await running.settled(2)).toEqual({ 'GET /items/:id 200': 1, 'GET unmatched 404': 1 });
    expect(await running.inProgress()).toBe(0);
  });

  it('put default labels on: fixed ones everywhere, computed ones on what is over', async () => {
    const contexts: MetricContext[] = [];
    const running = await startWith(platform, {
      defaultLabels: {
        region: 'eu',
        agent: (context: MetricContext) => {
          contexts.push(context);
          return context.request.headers['x-agent'] as string;
        },
        method_name: ({ methodName }: MetricContext) => methodName,
      },
    });
    await visit('/items/1', { headers: { 'x-agent': 'me' } });
    await visit('/nothing');
    expect(await running.settled(2)).toEqual({
      'GET /items/:id 200 eu me find': 1,
      'GET unmatched 404 eu  ': 1,
    });
    expect(await running.counts('http_requests_in_progress')).toEqual({ 'GET eu': 0 });
    const [handled, unmatched] = contexts;
    expect(handled).toMatchObject({
      className: 'ItemsController',
      methodName: 'find',
      args: [],
      status: 200,
      controller: ItemsController,
      handler: ItemsController.prototype.find,
    });
    expect(handled?.response.statusCode).toBe(200);
    expect(handled?.request.params).toMatchObject({ id: '1' });
    expect(new Set(Object.keys(unmatched ?? {}))).toEqual(new Set(['request', 'response', 'status']));
  });

  it('label what a failing function was asked for with "error", and count that', async () => {
    const running = await startWith(platform, {
      defaultLabels: {
        bad: () => {
          throw new Error('no label');
        },
      },
    });
    await visit('/items/1');
    expect(await running.settled(1)).toEqual({ 'GET /items/:id 200 error': 1 });
    expect(await running.counts('exporter_errors_total')).toEqual({ 'http_requests_total label': 1 });
  });

  it('fold the group and computed labels beyond maxSeries', async () => {
    const running = await startWith(platform, {
      maxSeries: 2,
      http: { groupBy: 'path' },
      defaultLabels: { fixed: 'f', agent: ({ request }: MetricContext) => request.url },
    });
    for (const id of [1, 2, 3, 4]) {
      await visit(`/items/${id}`);
    }
    expect(await running.settled(4)).toEqual({
      'GET /items/1 200 f /items/1': 1,
      'GET /items/2 200 f /items/2': 1,
      'GET other 200 f other': 2,
    });
    expect(await running.counts('exporter_series_dropped_total')).toMatchObject({ http_requests_total: 2 });
  });

  it('measure sizes of bodies', async () => {
    const running = await startWith(platform, { http: { sizes: true } });
    const headers = { 'content-type': 'application/json' };
    await visit('/echo', { method: 'POST', body: '{"text":"äö"}', headers });
    await visit('/echo', {
      method: 'POST',
      body: new Blob(['{"text":', '"abc"}']).stream(),
      headers,
      duplex: 'half',
    } as RequestInit);
    await visit('/chunks');
    await visit('/items/1', { method: 'HEAD' });
    await visit('/empty');
    await running.settled(5);
    expect(await running.counts('http_request_size_bytes_sum')).toEqual({
      'POST /echo 200': 15 + 14,
      'GET /chunks 200': 0,
      'HEAD /items/:id 200': 0,
      'GET /empty 204': 0,
    });
    expect(await running.counts('http_response_size_bytes_sum')).toEqual({
      'POST /echo 200': 4 + 3,
      'GET /chunks 200': 2 + 4 + 1,
      'HEAD /items/:id 200': 0,
      'GET /empty 204': 0,
    });
    expect(await running.counts('http_response_size_bytes_count')).toMatchObject({ 'POST /echo 200': 2 });
  });

  it('have no sizes by default', async () => {
    const running = await startWith(platform, {});
    expect(running.registry.getSingleMetric('http_request_size_bytes')).toBeUndefined();
    expect(running.registry.getSingleMetric('http_requests_total')).not.toBeInstanceOf(PromCounter);
  });

  it('keep the request for whatever runs while it is handled, only if asked', async () => {
    await startWith(platform, { http: { requestContext: true } });
    expect(await visit('/context?x=1')).toBe('/context?x=1');
    const init = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    expect(await visit('/context?x=2', init)).toBe('/context?x=2');
    expect(currentRequest()).toBeUndefined();
    await current?.close();
    await startWith(platform, {});
    expect(await visit('/context')).toBe('undefined');
  });

  it('keep the request for middleware too', async () => {
    const urls: unknown[] = [];
    const note = async (): Promise<void> => {
      urls.push((currentRequest()?.request as { originalUrl?: string } | undefined)?.originalUrl);
      await pause(1);
      urls.push((currentRequest()?.request as { originalUrl?: string } | undefined)?.originalUrl);
    };
    await startWith(
      platform,
      { http: { requestContext: true } },
      {
        middleware: (consumer) => {
          const middleware = async (
            _request: unknown,
            _response: unknown,
            next: () => void,
          ): Promise<void> => {
            await note();
            next();
          };
          consumer.apply(middleware).forRoutes({ path: 'context', method: RequestMethod.ALL });
        },
      },
    );
    expect(await visit('/context?x=1')).toBe('/context?x=1');
    expect(urls).toEqual(['/context?x=1', '/context?x=1']);
    expect(currentRequest()).toBeUndefined();
  });

  it('count nothing but the progress of an untracked handler', async () => {
    const running = await startWith(platform, {}, { untracked: ['ItemsController.untracked'] });
    expect(await visit('/untracked')).toBe('{"inProgress":1}');
    await visit('/items/1');
    expect(await running.settled(1)).toEqual({ 'GET /items/:id 200': 1 });
    expect(await running.inProgress()).toBe(0);
  });

  it('count no scrape: by path, by mark, by handler', async () => {
    const running = await startWith(
      platform,
      { endpoint: { path: '/items/metrics' } },
      { endpoint: ['ItemsController.guardedScrape'] },
    );
    await visit('/items/metrics');
    await visit('/items/metrics?name[]=x');
    await visit('/items/metrics', { method: 'HEAD' });
    expect(await running.counts('http_requests_in_progress')).toEqual({});
    expect(await visit('/scrape')).toBe('{"inProgress":0}');
    await visit('/guarded-scrape');
    await visit('/items/metrics', { method: 'POST' });
    await visit('/items/metrics2');
    expect(await running.settled(2)).toEqual({ 'POST unmatched 404': 1, 'GET /items/:id 200': 1 });
    expect(await running.inProgress()).toBe(0);
  });

  it('put the endpoint below the global prefix where it follows it', async () => {
    const running = await startWith(
      platform,
      { endpoint: { path: '/metrics', followGlobalPrefix: true } },
      { prepare: (app) => void app.setGlobalPrefix('api') },
    );
    await visit('/api/metrics');
    await visit('/metrics');
    expect(await running.settled(1)).toEqual({ 'GET unmatched 404': 1 });
  });

  it.each([{}, { http: false } as const])('call back when the response is over (%j)', async (metrics) => {
    await startWith(platform, metrics);
    await visit('/over');
    await pause(5);
    const isRecord = !('http' in metrics);
    expect(seen).toEqual([false, 'first', 202, isRecord, 'second', 202, isRecord, 'third', 202, isRecord]);
    await current?.close();
    current = undefined;
  });

  it('measure nothing with http: false', async () => {
    const running = await startWith(platform, { http: false });
    await visit('/items/1');
    await pause(5);
    const names = running.registry.getMetricsAsArray().map(({ name }) => name);
    expect(names).toContain('exporter_errors_total');
    expect(names.filter((name) => name.startsWith('http_'))).toEqual([]);
  });
});

function tenant(request: { url: string }): string {
  return `t-${request.url}`;
}
