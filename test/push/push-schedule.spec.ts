import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Registry } from 'prom-client';
import { PLATFORMS, closeApps, startApp, startContext } from '../support/metrics-app.js';
import { MetricsModule, MetricsService, PushService, type PushOptions } from '../../src/index.js';
import { TestGateway, stopGateways } from './test-gateway.js';

const logged: string[] = [];
beforeEach(() => {
  logged.length = 0;
  for (const level of ['log', 'warn', 'error'] as const) {
    jest
      .spyOn(Logger.prototype, level)
      .mockImplementation((message: unknown) => void logged.push(`${level}: ${String(message)}`));
  }
});
afterEach(async () => {
  await closeApps();
  await stopGateways();
  jest.restoreAllMocks();
});

/** Waits for what comes in a few turns of the event loop. */
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const start = async (options: Partial<PushOptions> = {}) => {
  const gateway = await TestGateway.start();
  const push = { url: gateway.url, job: 'test', ...options };
  const { app } = await startContext({ options: { push } });
  return { gateway, app };
};

const methods = (gateway: TestGateway): string[] => gateway.received.map(({ method }) => method);

describe('when the app is closed', () => {
  it.each<[string, Partial<PushOptions>, string[]]>([
    ['pushes', {}, ['PUT']],
    ['pushes in the way of `method`', { method: 'post' }, ['POST']],
    ['deletes', { onShutdown: 'delete' }, ['DELETE']],
    ['does nothing', { onShutdown: 'none' }, []],
  ])('%s', async (_what, options, expected) => {
    const { gateway, app } = await start(options);
    expect(gateway.received).toEqual([]);
    await app.close();
    await app.close();
    expect(methods(gateway)).toEqual(expected);
    expect(logged.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  it.each(PLATFORMS)('pushes what the shutdown hooks of other modules record: %s', async (platform) => {
    class Last implements OnApplicationShutdown {
      constructor(private readonly metrics: MetricsService) {}
      async onApplicationShutdown(): Promise<void> {
        await new Promise((resolve) => setImmediate(resolve));
        this.metrics.counter({ name: 'last_words', help: 'x' }).inc();
      }
    }
    class OtherModule {}
    Module({
      providers: [
        { provide: Last, inject: [MetricsService], useFactory: (m: MetricsService) => new Last(m) },
      ],
    })(OtherModule);
    const gateway = await TestGateway.start();
    const push = { url: gateway.url, job: 'x' };
    const app = await startApp({ platform, options: { push }, imports: [OtherModule] });
    await app.request('/nowhere');
    await app.close();
    expect(gateway.lines).toEqual(['PUT /metrics/job/x']);
    expect(gateway.last.body).toContain('last_words_total 1\n');
    expect(gateway.last.body).toContain('http_requests_total{method="GET",route="unmatched",status="404"} 1');
  });

  it('pushes in a microservice, and in an app that never listened', async () => {
    const gateway = await TestGateway.start();
    const push = { url: gateway.url, job: 'x' };
    const logger = false as const;
    class App {}
    Module({ imports: [MetricsModule.forRoot({ push, registry: new Registry() })] })(App);
    const options = { host: '127.0.0.1', port: 0 };
    const microservice = await NestFactory.createMicroservice(App, { logger, options });
    await microservice.listen();
    await microservice.close();
    await (await NestFactory.create(App, { logger })).close();
    expect(methods(gateway)).toEqual(['PUT', 'PUT']);
  });

  it.each([400, 500])('is closed where the gateway answers %d, and logs it', async (code) => {
    const { gateway, app } = await start();
    gateway.answer = (response) => response.writeHead(code).end('why');
    await app.close();
    expect(logged).toContain(
      `warn: The metrics were not pushed: the Pushgateway ${gateway.url} answered ${code}: why`,
    );
  });

  it('is closed where nobody listens, and logs no credentials', async () => {
    const gateway = await TestGateway.start();
    const url = `http://tom:geheim@127.0.0.1:${gateway.port}`;
    await gateway.stop();
    const { app } = await startContext({
      options: { push: { url, job: 'x', headers: { 'X-Key': 'geheim' } } },
    });
    await app.close();
    const warnings = logged.filter((line) => line.startsWith('warn'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`http://127.0.0.1:${gateway.port} could not be reached`);
    expect(logged.join()).not.toMatch(/geheim|Basic/);
  });

  it('waits no longer than the timeout', async () => {
    const { gateway, app } = await start({ timeout: 500 });
    gateway.answer = () => undefined;
    await app.close();
    expect(gateway.lines).toHaveLength(1);
    expect(logged.join()).toMatch(/was given up after \d+ ms/);
  });

  it('gives up a push under way that has no answer, and still sends the last one', async () => {
    const { gateway, app } = await start({ timeout: 2000, interval: 10 });
    gateway.answer = (response) => void (gateway.received.length > 1 && response.end());
    await gateway.until(1);
    await app.close();
    expect(methods(gateway)).toEqual(['PUT', 'PUT']);
    expect(logged.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringContaining('given up since the app is closed'),
    ]);
  });

  it('waits for a direct push, which comes before the last word', async () => {
    const { gateway, app } = await start({ onShutdown: 'delete' });
    const direct = app.get(PushService).pushAdd();
    await app.close();
    await direct;
    expect(methods(gateway)).toEqual(['POST', 'DELETE']);
  });

  it('is closed by a logger that throws', async () => {
    const { gateway, app } = await start();
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => {
      throw new Error('no logger');
    });
    gateway.answer = (response) => response.writeHead(500).end();
    await expect(app.close()).resolves.toBeUndefined();
  });
});

describe('at every interval', () => {
  beforeEach(() => {
    jest.useFakeTimers({
      doNotFake: [
        'Date',
        'hrtime',
        'nextTick',
        'performance',
        'queueMicrotask',
        'setImmediate',
        'clearImmediate',
        'setTimeout',
        'clearTimeout',
      ],
    });
  });
  afterEach(() => void jest.useRealTimers());

  const interval = 60_000;
  const pass = (intervals = 1): void => void jest.advanceTimersByTime(intervals * interval);
  const recoveries = (): string[] => logged.filter((line) => line.includes('works again'));
  const warnings = (): string[] => logged.filter((line) => line.startsWith('warn'));

  /** Lets intervals pass until it is so; one passes in vain where a push has not ended yet. */
  const passUntil = (isTrue: () => boolean): Promise<void> =>
    until(() => {
      pass();
      return isTrue();
    });

  const oneMore = (gateway: TestGateway): Promise<void> => {
    const { length } = gateway.received;
    return passUntil(() => gateway.received.length > length);
  };

  it('pushes what there is then, and ends with the app', async () => {
    const { gateway, app } = await start({ interval, onShutdown: 'none' });
    const counter = app.get(MetricsService).counter({ name: 'ticks', help: 'x' });
    expect(gateway.received).toEqual([]);
    await oneMore(gateway);
    await until(() => gateway.open === 0);
    counter.inc();
    await oneMore(gateway);
    expect(gateway.last.path).toBe('/metrics/job/test');
    expect(gateway.last.body).toContain('ticks_total 1\n');
    expect(jest.getTimerCount()).toBe(1);
    await app.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('sends in the way of `method`', async () => {
    const { gateway } = await start({ interval, method: 'post' });
    await oneMore(gateway);
    expect(gateway.last.method).toBe('POST');
  });

  it('has one push under way, however slow the gateway is', async () => {
    const { gateway, app } = await start({ interval });
    const held: ServerResponse[] = [];
    gateway.answer = (response) => held.push(response);
    pass();
    await gateway.until(1);
    pass(100);
    gateway.answer = (response) => response.end();
    held[0]?.end();
    await app.get(PushService).delete();
    expect(methods(gateway)).toEqual(['PUT', 'DELETE']);
    expect(gateway.mostOpen).toBe(1);
  });

  it('logs once that it fails, and once that it works again', async () => {
    const { gateway } = await start({ interval });
    for (let streak = 1; streak <= 2; streak++) {
      gateway.answer = (response) => response.writeHead(503).end();
      await passUntil(() => warnings().length === streak);
      await oneMore(gateway);
      await oneMore(gateway);
      expect(warnings()).toHaveLength(streak);
      gateway.answer = (response) => response.end();
      await passUntil(() => recoveries().length === streak);
      await oneMore(gateway);
      await oneMore(gateway);
      expect(recoveries()).toHaveLength(streak);
    }
    expect(warnings()[0]).toBe(
      `warn: The metrics were not pushed: the Pushgateway ${gateway.url} answered 503; it is tried again every ${interval} ms`,
    );
    expect(recoveries()[0]).toBe(`log: Pushing to ${gateway.url} works again`);
  });

  it('goes on where the gateway was down', async () => {
    const { gateway } = await start({ interval });
    await oneMore(gateway);
    await gateway.stop();
    await passUntil(() => warnings().length === 1);
    const back = await TestGateway.start(gateway.port);
    await passUntil(() => recoveries().length === 1);
    expect(back.last.body).toContain('exporter_info');
  });
});
