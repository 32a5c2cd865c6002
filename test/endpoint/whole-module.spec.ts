import { afterEach, describe, expect, it } from '@jest/globals';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Counter, Gauge, Registry } from 'prom-client';
import { bearerToken } from '../../src/endpoint/authorize.js';
import { ScrapeServers } from '../../src/endpoint/scrape-servers.js';
import { MetricsModule } from '../../src/metrics.module.js';
import type { MetricsOptions } from '../../src/metrics.options.js';
import { MetricsService } from '../../src/metrics.service.js';
import { PLATFORMS, ask, closeAll, sourceOf, start } from './harness.js';

afterEach(closeAll);

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

function wholeModule(options: Partial<MetricsOptions> = {}): {
  registry: Registry;
  imports: [DynamicModule];
} {
  const registry = new Registry();
  new Counter({ name: 'orders_total', help: 'Orders.', labelNames: ['kind'], registers: [registry] }).inc({
    kind: 'a "b"\n',
  });
  const settings = { registry, processMetrics: false, http: false as const, ...options };
  return { registry, imports: [MetricsModule.forRoot(settings)] };
}

const ORDERS = 'orders_total{kind="a \\"b\\"\\n"} 1\n';

describe.each(PLATFORMS)('the whole module on %s', (platform) => {
  it('exposes the registry in the format that is asked for', async () => {
    const { port } = await start(platform, { imports: wholeModule().imports });

    const text = await ask(port);
    const open = await ask(port, '/metrics', {
      headers: { Accept: 'application/openmetrics-text;version=1.0.0' },
    });
    const packed = await ask(port, '/metrics', { headers: { 'Accept-Encoding': 'gzip' } });

    expect(text.body).toContain(`# TYPE orders_total counter\n${ORDERS}`);
    expect(packed.body).toBe(text.body);
    expect(open.headers['content-type']).toBe(OPENMETRICS);
    expect(open.body).toContain(`# TYPE orders counter\n`);
    expect(open.body).toMatch(/# EOF\n$/);
  });

  it('counts what is asked for beside its path, as any request that no route matched', async () => {
    const { port } = await start(platform, { imports: wholeModule({ http: {} }).imports });
    for (const path of ['/metrics', '/metrics/', '/Metrics']) {
      await ask(port, path);
    }

    expect((await ask(port)).body.match(/^http_requests_total.*$/gm)).toEqual([
      'http_requests_total{method="GET",route="unmatched",status="404"} 2',
    ]);
  });

  it('exposes only what is named', async () => {
    const { registry, imports } = wholeModule();
    new Gauge({ name: 'stock', help: 'Stock.', registers: [registry] }).set(3);
    const { port } = await start(platform, { imports });

    expect((await ask(port, '/metrics?name[]=stock')).body).toBe(
      '# HELP stock Stock.\n# TYPE stock gauge\nstock 3\n',
    );
    expect((await ask(port, '/metrics?name=stock')).body).toContain(ORDERS);
  });

  it.each<[string, () => void | Promise<void>]>([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no database'))],
    ['never settles', () => new Promise(() => {})],
  ])('answers in time, with the rest whole, where a collector %s', async (_, collect) => {
    const { registry, imports } = wholeModule();
    new Gauge({ name: 'rows', help: 'Rows.', registers: [registry], collect });
    const { port } = await start(platform, { imports });
    const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': '0.2' };

    const first = await ask(port, '/metrics', { headers });
    const second = await ask(port, '/metrics', { headers });

    expect(first).toMatchObject({ status: 200, body: expect.stringContaining(ORDERS) });
    expect(second.body).toContain('exporter_errors_total{metric="rows",reason="collect"}');
    expect(second.body).not.toMatch(/^rows /m);
  });

  it('answers where it is excepted from the prefix that it follows, and other paths count', async () => {
    const registry = new Registry();
    const endpoint = { followGlobalPrefix: true };
    const imports = [MetricsModule.forRoot({ registry, processMetrics: false, endpoint })];
    const { port } = await start(platform, { imports }, (app) =>
      app.setGlobalPrefix('api', { exclude: ['metrics'] }),
    );

    expect((await ask(port)).status).toBe(200);
    expect((await ask(port, '/api/metrics')).status).toBe(404);
    const requests = (await ask(port)).body.match(/^http_requests_total.*$/gm);
    expect(requests).toEqual(['http_requests_total{method="GET",route="unmatched",status="404"} 1']);
  });

  it('answers at servers of its own, beside or in place of the endpoint', async () => {
    const authorize = bearerToken('t');
    const headers = { Authorization: 'Bearer t' };
    const imports = [
      MetricsModule.forRoot({
        registry: new Registry(),
        http: false,
        processMetrics: false,
        info: { version: '1' },
        endpoint: false,
      }),
    ];
    const { app, port } = await start(platform, { imports });
    const server = await app
      .get(MetricsService)
      .startServer({ port: 0, path: '/m', host: '127.0.0.1', authorize });
    const at = server.address.port;

    expect((await ask(port)).status).toBe(404);
    expect((await ask(at, '/m')).status).toBe(401);
    expect(await ask(at, '/m', { headers })).toMatchObject({
      body: expect.stringContaining('app_info{version="1"} 1'),
    });
    await app.close();
    await expect(ask(at, '/m')).rejects.toThrow('ECONNREFUSED');
  });
});

it('answers at its own server in an app without HTTP', async () => {
  @Module({ imports: wholeModule().imports })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const metrics = app.get(MetricsService);
  const server = await metrics.startServer({ port: 0 });

  expect((await ask(server.address.port)).body).toContain(ORDERS);
  await app.close();
  await expect(ask(server.address.port)).rejects.toThrow('ECONNREFUSED');
  await expect(metrics.startServer({ port: 0 })).rejects.toThrow('the app is closed');
});

it('leaves no server behind that was started while the app was closed', async () => {
  const servers = new ScrapeServers(sourceOf(), () => {});
  const before = await servers.start({ port: 0, host: '127.0.0.1' });
  const { port } = before.address;
  await before.close();
  const starting = servers.start({ port, host: '127.0.0.1' });
  await Promise.all([servers.end(), expect(starting).rejects.toThrow('the app is closed')]);
  await expect(ask(port)).rejects.toThrow('ECONNREFUSED');
});

it('stops the app where the port of a server is taken, and leaves nothing open', async () => {
  const first = await start('express', { imports: wholeModule().imports });
  const taken = await first.app.get(MetricsService).startServer({ port: 0, host: '127.0.0.1' });
  const { port } = taken.address;
  const servers = [
    { port: 0, host: '127.0.0.1' },
    { port, host: '127.0.0.1' },
  ];

  await expect(start('express', { imports: wholeModule({ server: servers }).imports })).rejects.toThrow(
    new RegExp(`server\\.port: .*${port}`),
  );
  await taken.close();
});
