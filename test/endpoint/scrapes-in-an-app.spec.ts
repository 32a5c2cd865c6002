import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { UseGuards, type CanActivate } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import type { Request } from 'express';
import { MetricsService } from '../../src/metrics.service.js';
import { basicAuth, bearerToken, type Authorize } from '../../src/endpoint/authorize.js';
import {
  EXPOSITION,
  gate,
  PLATFORMS,
  ask,
  closeAll,
  logged,
  metricsModule,
  open,
  sourceOf,
  start,
  talk,
  type Platform,
} from './harness.js';

const BADGE: Record<Platform, Authorize> = {
  express: (request: Request) => request.get('x-badge') === 'yes',
  fastify: async (request: FastifyRequest) => request.raw.headers['x-badge'] === 'yes',
};

beforeEach(() => {
  logged.length = 0;
});
afterEach(closeAll);

describe.each(PLATFORMS)('scrapes of an app on %s', (platform) => {
  it.each([
    ['basicAuth', basicAuth('u', 'p'), 'Basic dTpw', 'Basic realm="metrics", charset="UTF-8"'],
    ['bearerToken', bearerToken('t'), 'Bearer t', 'Bearer realm="metrics"'],
  ])('are admitted by %s or get 401', async (_, authorize, right, challenge) => {
    const { port } = await start(platform, { imports: [metricsModule({ authorize })] });

    expect(await ask(port, '/metrics', { headers: { Authorization: right } })).toMatchObject({
      body: EXPOSITION,
    });
    for (const wrong of [undefined, '', 'Digest x', `${right}x`, right.slice(0, -1), `Basic ${right}`]) {
      const headers: Record<string, string> = wrong === undefined ? {} : { Authorization: wrong };
      expect(await ask(port, '/metrics', { headers })).toMatchObject({
        status: 401,
        body: 'Unauthorized\n',
        headers: { 'www-authenticate': challenge },
      });
    }
    const long = `GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'t'.repeat(2 ** 20)}\r\n\r\n`;
    expect(await talk(port, long)).toMatch(/^HTTP\/1.1 431 /);
  });

  it("hand the framework's request to the app's own function", async () => {
    const { port } = await start(platform, { imports: [metricsModule({ authorize: BADGE[platform] })] });

    expect((await ask(port, '/metrics', { headers: { 'X-Badge': 'yes' } })).status).toBe(200);
    expect((await ask(port)).status).toBe(401);
  });

  it('are in no HTTP metric, nor are those that were refused', async () => {
    const inProgress: unknown[] = [];
    const holder: { registry?: Registry } = {};
    const valuesOf = async (name: string): Promise<{ labels: object; value: number }[]> =>
      (await (holder.registry as Registry).getSingleMetric(name)?.get())?.values as never;
    const source = sourceOf(async function* () {
      inProgress.push(...(await valuesOf('http_requests_in_progress')));
      yield Buffer.from(EXPOSITION);
    });
    const admits: CanActivate = {
      canActivate: (context) => context.switchToHttp().getRequest<Request>().headers['x-badge'] === 'yes',
    };
    const { app, port } = await start(platform, {
      imports: [
        metricsModule({ http: {}, source, decorators: [UseGuards(admits)], authorize: bearerToken('t') }),
      ],
    });
    holder.registry = app.get(MetricsService).registry as Registry;

    const statuses: number[] = [];
    for (const headers of [{}, { 'X-Badge': 'yes' }, { 'X-Badge': 'yes', Authorization: 'Bearer t' }]) {
      statuses.push((await ask(port, '/metrics', { headers: headers as Record<string, string> })).status);
    }
    expect(statuses).toEqual([403, 401, 200]);
    expect(inProgress.filter((sample) => (sample as { value: number }).value !== 0)).toEqual([]);
    expect(await valuesOf('http_requests_total')).toEqual([]);

    await ask(port, '/other');
    expect(await valuesOf('http_requests_total')).toMatchObject([
      { labels: { method: 'GET', route: 'unmatched', status: '404' }, value: 1 },
    ]);
  });

  it('get 500, or are cut off, where they fail, and the app goes on', async () => {
    let chunks = 0;
    const source = sourceOf(async function* () {
      for (let i = 0; i < chunks; i += 1) {
        yield Buffer.from('a 1\n');
      }
      throw new Error('disk on fire');
    });
    const { port } = await start(platform, { imports: [metricsModule({ source })] });

    const early = await ask(port);
    chunks = 1;
    const late = ask(port);

    expect(early).toMatchObject({ status: 500, body: 'Internal Server Error\n' });
    await expect(late).rejects.toThrow(/aborted|hang up/);
    expect(logged).toEqual(
      Array.from({ length: 2 }, () => 'A scrape could not be answered Error: disk on fire'),
    );
    expect((await ask(port, '/other')).status).toBe(404);
  });

  it('stop when the scraper hangs up, also while its turn on the connection has not come', async () => {
    const started = [gate(), gate()];
    const stopped = [gate(), gate()];
    let count = 0;
    const source = sourceOf(async function* ({ signal }) {
      const mine = count++;
      signal.addEventListener('abort', () => stopped[mine]?.pass());
      started[mine]?.pass();
      yield Buffer.from('a 1\n');
      await new Promise(() => {});
    });
    const { port } = await start(platform, { imports: [metricsModule({ source })] });

    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2)),
    );
    await Promise.all(started.map(({ passed }) => passed));
    socket.destroy();
    await Promise.all(stopped.map(({ passed }) => passed));

    expect(logged).toEqual([]);
  });

  it('finish when the app is closed in the middle of them, and hold nothing open', async () => {
    const collected = gate();
    const source = sourceOf(async function* () {
      yield Buffer.from('a 1\n');
      await collected.passed;
      yield Buffer.from('b 2\n');
    });
    const { app, port } = await start(platform, { imports: [metricsModule({ source })] });
    const agent = new Agent({ keepAlive: true });
    const response = await new Promise<IncomingMessage>((resolve) => {
      httpRequest({ port, host: '127.0.0.1', path: '/metrics', agent }, resolve).end();
    });

    const closed = app.close();
    while ((app.getHttpServer() as Server).listening) {
      await sleep(5);
    }
    collected.pass();

    expect(await text(response)).toBe('a 1\nb 2\n');
    await closed;
    expect(logged).toEqual([]);
    agent.destroy();
  });

  it('end when their scraper leaves while the app is closed', async () => {
    const source = sourceOf(async function* () {
      yield Buffer.from('a 1\n');
      await new Promise(() => {});
    });
    const { app, port } = await start(platform, { imports: [metricsModule({ source })] });
    const response = await open(port, '/metrics');
    response.on('error', () => {});

    const closed = app.close();
    response.destroy();
    await closed;

    expect(logged).toEqual([]);
  });
});

it('answer over HTTP/2, and stop when the scraper takes back its request', async () => {
  const stopped = gate();
  let goesOn = true;
  const source = sourceOf(async function* ({ signal }) {
    signal.addEventListener('abort', stopped.pass);
    yield Buffer.from('a 1\n');
    if (goesOn) {
      await new Promise(() => {});
    }
  });
  const { port } = await start('fastify', { imports: [metricsModule({ source })] }, undefined, undefined, {
    http2: true,
  });
  const session = connectHttp2(`http://127.0.0.1:${port}`);

  const left = session.request({ ':path': '/metrics' });
  await new Promise((resolve) => left.once('data', resolve));
  left.close();
  await stopped.passed;
  goesOn = false;
  const whole = session.request({ ':path': '/metrics' });

  expect(await text(whole)).toBe('a 1\n');
  expect(logged).toEqual([]);
  session.close();
});

it("is not answered by Fastify's handlerTimeout", async () => {
  const source = sourceOf(async function* () {
    await sleep(60);
    yield Buffer.from('a 1\n');
  });
  const imports = [metricsModule({ source })];
  const { port } = await start('fastify', { imports }, undefined, undefined, { handlerTimeout: 20 });

  expect(await ask(port)).toMatchObject({ status: 200, body: 'a 1\n' });
});
