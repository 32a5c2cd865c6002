import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Registry, type Metric } from 'prom-client';
import { MetricsService, PushError, PushService, type PushOptions } from '../../src/index.js';
import { closeApps, startApp, startContext } from '../support/metrics-app.js';
import { TestGateway, stopGateways, type Answer } from './test-gateway.js';

afterEach(async () => {
  await closeApps();
  await stopGateways();
});

const start = async (options: Partial<PushOptions> = {}, registry = new Registry()) => {
  const gateway = await TestGateway.start();
  const push: PushOptions = { url: gateway.url, job: 'test', onShutdown: 'none', ...options };
  const { app } = await startContext({ options: { push, registry } });
  return { gateway, app, push: app.get(PushService), metrics: app.get(MetricsService) };
};

const failureOf = async (work: Promise<void>): Promise<PushError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PushError);
  return error as PushError;
};

const status =
  (code: number, body = '', headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end(body);

describe('PushService', () => {
  it('puts, posts and deletes the group', async () => {
    const { gateway, push } = await start({ grouping: { zone: 'a/b', n: 1 } });
    await push.push();
    await push.pushAdd();
    await push.delete();
    const path = '/metrics/job/test/zone@base64/YS9i/n/1';
    expect(gateway.lines).toEqual([`PUT ${path}`, `POST ${path}`, `DELETE ${path}`]);
    expect(gateway.received.map(({ body }) => body.includes('\nexporter_info{'))).toEqual([
      true,
      true,
      false,
    ]);
    expect(gateway.received.map(({ headers }) => headers['content-type'])).toEqual([
      'text/plain; version=0.0.4; charset=utf-8',
      'text/plain; version=0.0.4; charset=utf-8',
      undefined,
    ]);
    expect(gateway.last.body).toBe('');
  });

  it('does so whatever `method` says, which is of interval and shutdown', async () => {
    const { gateway, push } = await start({ method: 'post' });
    await push.push();
    expect(gateway.last.method).toBe('PUT');
  });

  it('sends what a text scrape gives, in one piece', async () => {
    const { gateway, push, metrics } = await start();
    const counter = metrics.counter({ name: 'things', help: 'ü "x"', labelNames: ['a'] });
    for (let i = 0; i < 2000; i++) {
      counter.inc({ a: `"\\\n${'ü'.repeat(20)} ${i}` }, i);
    }
    await push.push();
    expect(gateway.last.body).toBe((await metrics.render()).body);
    expect(gateway.last.body).toMatch(/\nthings_total\{a="\\"\\\\\\nü+ 1999"\} 1999\n/);
    expect(gateway.last.headers['content-length']).toBe(String(Buffer.byteLength(gateway.last.body)));
  });

  it('sends no timestamps, which other code may give and the gateway refuses', async () => {
    const registry = new Registry();
    const foreign = {
      name: 'with_time',
      help: 'x',
      type: 'gauge',
      get: async () => ({ name: 'with_time', values: [{ labels: {}, value: 5, timestamp: 1700000000000 }] }),
    };
    registry.registerMetric(foreign as unknown as Metric);
    const { gateway, push } = await start({}, registry);
    await push.push();
    expect(gateway.last.body).toContain('\nwith_time 5\n');
  });

  it('sends headers and credentials', async () => {
    const { gateway, push } = await start({
      headers: { 'X-Tenant': 'a' },
      basicAuth: { user: 'tom', password: 'pä:ss' },
    });
    await push.delete();
    expect(gateway.last.headers['x-tenant']).toBe('a');
    expect(gateway.last.headers.authorization).toBe(`Basic ${Buffer.from('tom:pä:ss').toString('base64')}`);
  });

  it('takes credentials and a path from the URL', async () => {
    const gateway = await TestGateway.start();
    const url = `http://tom:p%40ss@127.0.0.1:${gateway.port}/behind/proxy/`;
    const { app } = await startContext({ options: { push: { url, job: 'x', onShutdown: 'none' } } });
    await app.get(PushService).push();
    expect(gateway.lines).toEqual(['PUT /behind/proxy/metrics/job/x']);
    expect(gateway.last.headers.authorization).toBe(`Basic ${Buffer.from('tom:p@ss').toString('base64')}`);
  });

  it('is there in an app with HTTP', async () => {
    const gateway = await TestGateway.start();
    const app = await startApp({ options: { push: { url: gateway.url, job: 'x', onShutdown: 'none' } } });
    await app.request('/nowhere');
    await app.get<PushService>(PushService).push();
    expect(gateway.last.body).toContain('http_requests_total{method="GET",route="unmatched",status="404"} 1');
  });

  it('says so where the module has no option push', async () => {
    const { app } = await startContext({});
    for (const method of ['push', 'pushAdd', 'delete'] as const) {
      await expect(app.get(PushService)[method]()).rejects.toThrow(/no option "push"/);
    }
  });
});

describe('a push that fails', () => {
  it.each([400, 401, 403, 404, 500, 503])('rejects with the status %d and the body', async (code) => {
    const { gateway, push } = await start();
    gateway.answer = status(code, 'pushed metrics are\n  inconsistent');
    const error = await failureOf(push.push());
    expect(error).toMatchObject({
      name: 'PushError',
      status: code,
      body: 'pushed metrics are\n  inconsistent',
    });
    expect(error.message).toBe(
      `the Pushgateway ${gateway.url} answered ${code}: pushed metrics are inconsistent`,
    );
    gateway.answer = status(202);
    await expect(push.push()).resolves.toBeUndefined();
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect: %d', async (code) => {
    const { gateway, push } = await start({ headers: { 'X-Key': 'geheim' } });
    const other = await TestGateway.start();
    gateway.answer = status(code, '', { location: `${other.url}/login` });
    expect(await failureOf(push.pushAdd())).toMatchObject({
      status: code,
      message: expect.stringContaining('redirect'),
    });
    expect(other.received).toEqual([]);
  });

  it('reads the beginning of an endless body, and lets go of the connection', async () => {
    const { gateway, push } = await start();
    let written = 0;
    const closed = new Promise((resolve) => {
      gateway.answer = (response) => {
        response.once('close', resolve);
        response.writeHead(500);
        const more = (): void => {
          while (!response.destroyed && response.write('<html>'.repeat(1000))) written += 6000;
        };
        response.on('drain', more);
        more();
      };
    });
    const error = await failureOf(push.push());
    expect(error.status).toBe(500);
    expect(error.body).toHaveLength(2000);
    expect(error.message.length).toBeLessThan(300);
    await closed;
    expect(written).toBeGreaterThan(0);
  });

  it('gives the status where the body never ends', async () => {
    const { gateway, push } = await start({ timeout: 1000 });
    gateway.answer = (response) => void response.writeHead(502).write('so far');
    expect(await failureOf(push.push())).toMatchObject({ status: 502, body: 'so far' });
    gateway.answer = (response) => void response.writeHead(200).write('so far');
    await expect(push.push()).resolves.toBeUndefined();
  });

  it('is given up after the timeout', async () => {
    const { gateway, push } = await start({ timeout: 50 });
    let left: Promise<unknown> = Promise.resolve();
    gateway.answer = (response) => (left = new Promise((resolve) => response.once('close', resolve)));
    const error = await failureOf(push.push());
    expect(error).toMatchObject({ status: undefined, body: undefined });
    expect(error.message).toBe(`the request to the Pushgateway ${gateway.url} was given up after 50 ms`);
    await left;
  });

  it('is given up where collectors take all the time', async () => {
    const { gateway, push, metrics } = await start({ timeout: 1000 });
    metrics.gauge({ name: 'slow', help: 'x', collect: () => new Promise(() => undefined) });
    await push.push();
    expect(gateway.last.body).toContain('exporter_errors_total{metric="slow",reason="collect"} 1');
  });

  it('says why nobody could be reached', async () => {
    const { gateway, push } = await start();
    await gateway.stop();
    const error = await failureOf(push.push());
    expect(error).toMatchObject({ status: undefined, body: undefined });
    expect(error.message).toContain(`${gateway.url} could not be reached: connect ECONNREFUSED`);
    expect(error.cause).toMatchObject({ message: 'fetch failed' });
  });

  it('says so where the connection is cut', async () => {
    const { gateway, push } = await start();
    gateway.answer = (response) => response.destroy();
    const error = await failureOf(push.push());
    expect(error.cause).toMatchObject({ message: 'fetch failed' });
    expect(error.message).toContain('could not be reached');
  });

  it('shows no secret, also where the answer repeats the request', async () => {
    const { gateway, push } = await start({
      headers: { 'X-Api-Key': 'geheim-1' },
      basicAuth: { user: 'tom', password: 'geheim-2' },
    });
    const echo = (response: ServerResponse, received: object): void => {
      response.writeHead(500).end(`${'x'.repeat(1990)}${JSON.stringify(received)}geheim-2`);
    };
    gateway.answer = (response, { headers }) => echo(response, headers);
    const error = await failureOf(push.push());
    gateway.answer = (response, { headers }) =>
      response.writeHead(500).end(`${JSON.stringify(headers)} geheim-2`);
    const whole = await failureOf(push.push());
    const basic = Buffer.from('tom:geheim-2').toString('base64');
    for (const shown of [error.body, error.message, whole.body, whole.message, whole.stack]) {
      expect(shown).not.toContain('geheim');
      expect(shown).not.toContain(basic.slice(0, 8));
    }
    expect(whole.body).toContain('"x-api-key":"***"');
  });
});

describe('pushes at the same time', () => {
  it('wait for each other, and those that wait are one', async () => {
    const { gateway, push, metrics } = await start();
    const counter = metrics.counter({ name: 'calls', help: 'x' });
    const held: ServerResponse[] = [];
    gateway.answer = (response) => held.push(response);
    const pushes = [push.push()];
    await gateway.until(1);
    for (let i = 0; i < 100; i++) {
      counter.inc();
      pushes.push(push.push());
    }
    pushes.push(push.delete(), push.push());
    gateway.answer = (response) => response.end();
    held[0]?.end();
    await Promise.all(pushes);
    expect(gateway.lines.map((line) => line.split(' ')[0])).toEqual(['PUT', 'PUT', 'DELETE', 'PUT']);
    expect(gateway.received[1]?.body).toContain('calls_total 100\n');
    expect(gateway.mostOpen).toBe(1);
  });

  it('fail each for itself', async () => {
    const { gateway, push } = await start();
    gateway.answer = (response, { method }) => response.writeHead(method === 'PUT' ? 500 : 200).end();
    const results = await Promise.allSettled([push.push(), push.pushAdd(), push.push()]);
    expect(results.map(({ status: outcome }) => outcome)).toEqual(['rejected', 'fulfilled', 'rejected']);
  });
});
