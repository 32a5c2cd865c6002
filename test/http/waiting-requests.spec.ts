import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Req } from '@nestjs/common';
import type { HttpMetrics } from '../../src/http/http-metrics.js';
import { InstalledHttp } from '../../src/http/installed-http.js';
import { RequestBatch } from '../../src/http/request-batch.js';
import type { RequestMethod } from '../../src/http/request-methods.js';
import type { RequestSeries } from '../../src/http/request-series.js';
import { processWide } from '../../src/process-wide.js';
import type { Gauge, Metric } from '../../src/series/index.js';
import { settlePending } from '../../src/series/pending-records.js';
import { PLATFORMS, open, pause, start, talk, type RunningApp } from './harness.js';
import { SlowController, release } from './slow-controller.js';

const ROUTE = 'GET /quick/:id 200';
const LABELS = { method: 'GET', route: '/quick/:id', status: '200' };
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const last = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
const waiting = (): number => processWide('pending records', (): unknown[] => []).length;

/** Has requests answered, and the server be done with them, without reading a metric. */
async function ask(running: RunningApp, requests: number): Promise<void> {
  await talk(running.port, get('/quick/1').repeat(requests - 1) + last('/quick/1'));
  await pause(10);
}

/** Has one request begin, and stay in progress until it is released. */
async function slow(running: RunningApp): Promise<void> {
  const before = release.length;
  await open(running.port, last('/slow/1'));
  while (release.length === before) {
    await pause(2);
  }
}

const metric = (running: RunningApp, name: string): Metric =>
  running.registry.getSingleMetric(name) as unknown as Metric;

describe.each(PLATFORMS)('requests that are over and wait to be recorded, on %s', (platform) => {
  let running: RunningApp;

  beforeEach(async () => {
    release.length = 0;
    running = await start({ platform, controllers: [SlowController] });
  });
  afterEach(async () => {
    release.forEach((resolve) => resolve());
    await running.close();
  });

  it.each([1, 2, 31, 32, 33, 64, 100])('are all there when somebody reads after %i', async (requests) => {
    await ask(running, requests);
    expect(await running.counts()).toEqual({ [ROUTE]: requests });
    const [count] = await running.samples('http_request_duration_seconds_count');
    expect(count?.value).toBe(requests);
    const [sum] = await running.samples('http_request_duration_seconds_sum');
    expect(sum?.value).toBeGreaterThan(0);
    expect(await running.inProgress()).toBe(0);
  });

  it('are there again and again', async () => {
    for (const requests of [1, 40, 3]) {
      const before = (await running.counts())[ROUTE] ?? 0;
      await ask(running, requests);
      expect(await running.counts()).toEqual({ [ROUTE]: before + requests });
    }
  });

  it('are in the size of a metric', async () => {
    await ask(running, 1);
    expect(metric(running, 'http_requests_total').size).toBe(1);
  });

  it('are in the gauge alone when that is read alone, and while they are in progress', async () => {
    await ask(running, 3);
    const gauge = metric(running, 'http_requests_in_progress');
    expect((await gauge.get()).values).toEqual([{ labels: { method: 'GET' }, value: 0 }]);
    await slow(running);
    expect((await gauge.get()).values).toEqual([{ labels: { method: 'GET' }, value: 1 }]);
    expect(await running.counts()).toEqual({ [ROUTE]: 3 });
  });

  it('are in the gauge before it is set', async () => {
    await slow(running);
    const gauge = metric(running, 'http_requests_in_progress') as Gauge<string>;
    gauge.set({ method: 'GET' }, 5);
    expect(await running.inProgress()).toBe(5);
    await slow(running);
    gauge.labels('GET').set(7);
    expect(await running.inProgress()).toBe(7);
  });

  it('do not come back after the registry was reset', async () => {
    await ask(running, 5);
    running.registry.resetMetrics();
    expect(await running.counts()).toEqual({});
    expect(await running.samples('http_requests_in_progress')).toEqual([]);
    await ask(running, 2);
    expect(await running.counts()).toEqual({ [ROUTE]: 2 });
  });

  it('do not come back after their series was removed or put to zero', async () => {
    await ask(running, 5);
    metric(running, 'http_requests_total').remove(LABELS);
    expect(await running.counts()).toEqual({});
    await ask(running, 4);
    metric(running, 'http_requests_total').zero(LABELS);
    expect(await running.counts()).toEqual({ [ROUTE]: 0 });
  });

  it('are recorded when the app closes, as those are that end after it, and nothing holds on to it', async () => {
    await ask(running, 3);
    expect(waiting()).toBeGreaterThan(0);
    await slow(running);
    const installed = running.app.get(InstalledHttp);
    installed.recorder?.close();
    installed.recorder = undefined;
    expect(waiting()).toBe(0);
    release.forEach((resolve) => resolve());
    await pause(20);
    expect(waiting()).toBe(0);
    expect(await running.counts()).toEqual({ [ROUTE]: 3, 'GET /slow/:id 200': 1 });
    expect(await running.inProgress()).toBe(0);
  });
});

describe.each(PLATFORMS)('requests that wait and get series of their own, on %s', (platform) => {
  it('have moved those that are there before anybody asks whether they moved', async () => {
    const running = await start({
      platform,
      controllers: [SlowController],
      metrics: { http: { groupBy: 'path' } },
    });
    await talk(running.port, [1, 2, 3, 4].map((id) => get(`/quick/${id}`)).join('') + last('/quick/5'));
    await pause(10);
    const { generation } = metric(running, 'http_requests_total');
    metric(running, 'http_requests_total').read();
    expect(metric(running, 'http_requests_total').generation).toBe(generation);
    await running.close();
  });

  it('have their label values looked at before anybody asks whether they are plain ASCII', async () => {
    const running = await start({
      platform,
      controllers: [SlowController],
      metrics: { defaultLabels: { place: 'Zürich' } },
    });
    await ask(running, 1);
    expect(metric(running, 'http_requests_total').unicode).toBe(true);
    await running.close();
  });
});

describe.each(PLATFORMS)('requests whose metrics know when, on %s', (platform) => {
  it('are recorded at once where series say when they were made', async () => {
    const running = await start({
      platform,
      controllers: [SlowController],
      metrics: { createdTimestamps: true },
    });
    await ask(running, 1);
    expect(waiting()).toBe(0);
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now + 3_600_000);
    const total = metric(running, 'http_requests_total');
    const series = total.read();
    clock.mockRestore();
    expect(series.next()).toBe(true);
    expect(series.cells[series.at]).toBe(1);
    expect(series.cells[series.at + 1]).toBeLessThanOrEqual(now / 1000);
    await running.close();
  });

  it('are recorded at once where a summary forgets old ones', async () => {
    const running = await start({
      platform,
      controllers: [SlowController],
      metrics: { http: { latency: 'summary' } },
    });
    await ask(running, 2);
    expect(waiting()).toBe(0);
    expect(await running.counts()).toEqual({ [ROUTE]: 2 });
    const [count] = await running.samples('http_request_duration_seconds_count');
    expect(count?.value).toBe(2);
    await running.close();
  });
});

describe.each(PLATFORMS)('scrapes, on %s', (platform) => {
  it.each(['/metrics', 'http://a/metrics', 'http://a/metrics?x=1'])(
    'of %s are never in progress',
    async (target) => {
      @Controller()
      class MetricsController {
        @Get('metrics')
        async scrape(): Promise<string> {
          return `open: ${await running.inProgress()}`;
        }
      }
      const running = await start({
        platform,
        controllers: [MetricsController],
        endpoint: ['MetricsController.scrape'],
      });
      expect(await talk(running.port, last(target))).toContain('open: 0');
      await running.close();
    },
  );
});

describe('requests of which the app has taken what Express notes', () => {
  it.each([null, 'none', { stack: 1 }])('are over all the same where their route is %p', async (route) => {
    @Controller()
    class TakingController {
      @Get()
      take(@Req() request: { route: unknown }): string {
        request.route = route;
        return 'taken';
      }
    }
    const running = await start({ platform: 'express', controllers: [TakingController] });
    await talk(running.port, last('/'));
    expect(await running.settled(1)).toEqual({ 'GET unmatched 200': 1 });
    expect(await running.inProgress()).toBe(0);
    await running.close();
  });
});

/** A batch whose series observe as the test says, since real ones do not fail on demand. */
function batchOf(
  observe: (seconds: number) => void,
  addInProgress: (change: number) => void = () => undefined,
): { batch: RequestBatch; series: RequestSeries; method: RequestMethod } {
  const metrics = { timeless: true, inProgressOf: () => ({ add: addInProgress }) };
  return {
    batch: new RequestBatch(metrics as unknown as HttpMetrics),
    series: { duration: { observe }, total: { add: () => undefined } } as unknown as RequestSeries,
    method: { name: 'GET', number: 0, inProgress: undefined, begun: 0, ended: 0 },
  };
}

describe('requests that wait behind one that has no memory', () => {
  it('are recorded all the same, and the reader hears nothing of it', () => {
    let inProgress = 0;
    let recorded = 0;
    const observe = jest.fn(() => {
      recorded += 1;
    });
    observe.mockImplementationOnce(() => {
      throw new RangeError('Array buffer allocation failed');
    });
    const { batch, series, method } = batchOf(observe, (change) => (inProgress += change));
    const pass = (requests: number): void => {
      for (let i = 0; i < requests; i++) {
        batch.begin(method);
        batch.end(method);
        batch.add(series, 1);
      }
    };
    pass(3);
    batch.begin(method);
    settlePending();
    expect({ inProgress, recorded }).toEqual({ inProgress: 1, recorded: 2 });
    pass(5);
    settlePending();
    expect({ inProgress, recorded }).toEqual({ inProgress: 1, recorded: 7 });
  });

  it('are not lost where somebody reads between the end of one and its recording', () => {
    const observe = jest.fn();
    const { batch, series, method } = batchOf(observe);
    batch.begin(method);
    batch.end(method);
    settlePending();
    batch.add(series, 2);
    settlePending();
    expect(observe.mock.calls).toEqual([[2]]);
  });
});
