import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { All, Controller, Get, Param, Post, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import express from 'express';
import type { FastifyInstance, RouteHandler } from 'fastify';
import { listen, open, pause, start, talk } from './harness.js';
import './inject-without-cookies.js';

@Controller()
class ThingsController {
  @Get('things/:id')
  find(@Param('id') id: string): string {
    return id;
  }

  @Post('things')
  create(): string {
    return 'made';
  }

  @Get('never')
  never(): Promise<never> {
    return new Promise(() => undefined);
  }
}

const controllers = [ThingsController];

const serve = async (server: Server): Promise<string> => `http://127.0.0.1:${await listen(server)}`;

async function visit(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.arrayBuffer();
  return response.status;
}

function instanceOf(app: INestApplication): RequestListener {
  return app.getHttpAdapter().getInstance() as RequestListener;
}

describe('an Express app', () => {
  it('is seen behind another HTTP server', async () => {
    const running = await start({ platform: 'express', controllers, listen: false });
    const server = createServer(instanceOf(running.app));
    const url = await serve(server);
    await visit(`${url}/things/1`);
    await visit(`${url}/nothing`);
    await visit(`${url}/things`, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(await running.settled(3)).toEqual({
      'GET /things/:id 200': 1,
      'GET unmatched 404': 1,
      'POST unmatched 400': 1,
    });
    expect(await running.inProgress()).toBe(0);
    server.close();
    await running.close();
  });

  it('is seen as a function that another server calls', async () => {
    const running = await start({ platform: 'express', controllers, listen: false });
    const server = createServer((request, response) => {
      setImmediate(() => instanceOf(running.app)(request, response));
    });
    const url = await serve(server);
    await visit(`${url}/things/1`);
    expect(await running.settled(1)).toEqual({ 'GET /things/:id 200': 1 });
    server.close();
    await running.close();
  });

  it('is seen mounted in an Express app, and then by the path of the client', async () => {
    const running = await start({
      platform: 'express',
      controllers,
      listen: false,
      metrics: { http: { groupBy: 'path' } },
    });
    const outer = express();
    outer.use('/sub', instanceOf(running.app) as ReturnType<typeof express>);
    const server = createServer(outer);
    const url = await serve(server);
    await visit(`${url}/sub/things/1?x=1`);
    expect(await running.settled(1)).toEqual({ 'GET /sub/things/1 200': 1 });
    server.close();
    await running.close();
  });

  it('counts in each of two apps, one mounted in the other', async () => {
    const inner = await start({ platform: 'express', controllers, listen: false });
    const outer = await start({
      platform: 'express',
      controllers: [],
      prepare: (app) => {
        app.use('/sub', instanceOf(inner.app));
      },
    });
    await visit(`${outer.url}/sub/things/1`);
    expect(await inner.settled(1)).toEqual({ 'GET /things/:id 200': 1 });
    expect(await outer.settled(1)).toEqual({ 'GET unmatched 200': 1 });
    const pipelined = await open(outer.port, 'GET /sub/never HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2));
    while ((await inner.inProgress()) < 2) {
      await pause(1);
    }
    pipelined.destroy();
    expect(await inner.settled(3)).toMatchObject({ 'GET /never 499': 2 });
    expect(await outer.settled(3)).toMatchObject({ 'GET unmatched 499': 2 });
    await outer.close();
    await inner.close();
  });

  it('has its routes also where a tracer has wrapped every handler of every route', async () => {
    const running = await start({ platform: 'express', controllers });
    interface Layer {
      handle: (...args: unknown[]) => unknown;
      route?: { stack: Layer[] };
    }
    const { router } = running.app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } };
    for (const layer of router.stack.flatMap((one) => [one, ...(one.route?.stack ?? [])])) {
      const { handle } = layer;
      layer.handle = (request, response, next) => handle(request, response, next);
    }
    await visit(`${running.url}/things/1`);
    await visit(`${running.url}/nothing`);
    expect(await running.settled(2)).toEqual({ 'GET /things/:id 200': 1, 'GET unmatched 404': 1 });
    await running.close();
  });

  it('leaves nothing behind', async () => {
    const adapter = new ExpressAdapter();
    const app = adapter.getInstance() as { handle: unknown };
    const { handle } = app;
    const running = await start({ platform: 'express', controllers, adapter });
    const server = running.app.getHttpServer() as Server;
    const listeners = server.listenerCount('request');
    expect(app.handle).not.toBe(handle);
    await running.close();
    expect(app.handle).toBe(handle);
    expect(server.listenerCount('request')).toBe(listeners - 1);
  });

  it('is counted no more once it is closed, also where somebody has wrapped its entry', async () => {
    const adapter = new ExpressAdapter();
    const app = adapter.getInstance() as { handle(...args: unknown[]): unknown };
    const closed = await start({ platform: 'express', controllers, adapter });
    const { handle } = app;
    app.handle = function (...args) {
      return Reflect.apply(handle, this, args);
    };
    await closed.close();
    const server = createServer(instanceOf(closed.app));
    const url = await serve(server);
    expect(await visit(`${url}/things/1`)).toBe(200);
    await pause(5);
    expect(await closed.counts()).toEqual({});
    server.close();
  });

  it('that answers 503 while it is closing is seen', async () => {
    const running = await start({
      platform: 'express',
      controllers,
      nest: { return503OnClosing: true },
    });
    const socket = await open(running.port, 'GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
    while ((await running.inProgress()) === 0) {
      await pause(1);
    }
    const idle = connect(running.port, '127.0.0.1').resume();
    await new Promise((resolve) => idle.once('connect', resolve));
    running.app.getHttpAdapter().beforeClose?.();
    idle.write('GET /things/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await new Promise((resolve) => idle.once('close', resolve));
    socket.destroy();
    expect(await running.settled(2)).toEqual({ 'GET unmatched 503': 1, 'GET /never 499': 1 });
    await running.close();
  });
});

describe('a Fastify app', () => {
  it('is seen through inject()', async () => {
    const running = await start({
      platform: 'fastify',
      controllers,
      listen: false,
      metrics: { http: { sizes: true } },
      prepare: (app) => app.enableCors(),
    });
    const app = running.app as NestFastifyApplication;
    const call = app.inject.bind(app) as NestFastifyApplication['inject'];
    await call('/things/1');
    await call({
      method: 'POST',
      url: '/things',
      payload: '{',
      headers: { 'content-type': 'application/json' },
    });
    await call('/nothing');
    expect((await call('/%E0%A4%A')).statusCode).toBe(400);
    const preflight = await call({
      method: 'OPTIONS',
      url: '/things/1',
      headers: { origin: 'http://a.test', 'access-control-request-method': 'GET' },
    });
    expect(preflight.statusCode).toBe(204);
    expect((await call().get('/things/2').end()).statusCode).toBe(200);
    await new Promise((resolve) => {
      (running.app.getHttpAdapter().getInstance() as { inject(url: string, done: () => void): void }).inject(
        '/things/3',
        () => resolve(undefined),
      );
    });
    expect(await running.settled(7)).toEqual({
      'GET /things/:id 200': 3,
      'POST /things 400': 1,
      'GET unmatched 404': 1,
      'GET unmatched 400': 1,
      'OPTIONS unmatched 204': 1,
    });
    expect(await running.counts('http_response_size_bytes_sum')).toMatchObject({ 'GET /things/:id 200': 3 });
    expect(await running.inProgress()).toBe(0);
    await running.close();
  });

  it('is seen through its routing function', async () => {
    const running = await start({ platform: 'fastify', controllers, listen: false });
    const instance = running.app.getHttpAdapter().getInstance() as {
      ready(): Promise<unknown>;
      routing: RequestListener;
    };
    await instance.ready();
    const server = createServer((request, response) => instance.routing(request, response));
    const url = await serve(server);
    await visit(`${url}/things/1`);
    await visit(`${url}/%E0%A4%A`);
    expect(await running.settled(2)).toEqual({ 'GET /things/:id 200': 1, 'GET unmatched 400': 1 });
    server.close();
    await running.close();
  });

  it('is seen at every address of localhost', async () => {
    const running = await start({ platform: 'fastify', controllers, host: 'localhost' });
    const addresses = (
      running.app.getHttpAdapter().getInstance() as { addresses(): AddressInfo[] }
    ).addresses();
    for (const { address, port } of addresses) {
      for (const path of ['/things/1', '/%E0%A4%A']) {
        await new Promise((resolve) => {
          httpRequest({ host: address, port, path }, (response: IncomingMessage) => {
            response.resume().once('end', resolve);
          }).end();
        });
      }
    }
    expect(await running.settled(2 * addresses.length)).toEqual({
      'GET /things/:id 200': addresses.length,
      'GET unmatched 400': addresses.length,
    });
    await running.close();
  });

  it('is seen at the other servers that it makes', async () => {
    const adapter = new FastifyAdapter();
    const other = createServer(() => undefined);
    const running = await start({
      platform: 'fastify',
      controllers,
      adapter,
      prepare: () => {
        const instance = adapter.getInstance() as unknown as Record<symbol, Server[]>;
        const servers = Object.getOwnPropertySymbols(instance).find(
          ({ description }) => description === 'fastify.serverBindings',
        );
        instance[servers ?? Symbol('none')]?.push(other);
      },
    });
    expect(other.listenerCount('request')).toBe(2);
    await running.close();
    expect(other.listenerCount('request')).toBe(1);
  });

  it('is seen in an encapsulated plugin and where a hook or plugin answers', async () => {
    const adapter = new FastifyAdapter();
    const running = await start({
      platform: 'fastify',
      controllers,
      adapter,
      prepare: async () => {
        const instance = adapter.getInstance();
        instance.addHook('onRequest', (request, reply, done) => {
          if (request.url === '/hooked') {
            void reply.code(401).send('hooked');
          } else {
            done();
          }
        });
        await instance.register(async (scope) => {
          scope.get('/plugin', async () => 'plugin');
          scope.get('/hijacked', (_request, reply) => {
            reply.hijack();
            reply.raw.end('hijacked');
          });
        });
      },
    });
    await visit(`${running.url}/hooked`);
    await visit(`${running.url}/plugin`);
    await visit(`${running.url}/hijacked`);
    expect(await running.settled(3)).toEqual({ 'GET unmatched 401': 1, 'GET unmatched 200': 2 });
    await running.close();
  });

  it('puts the methods that clients make up over HTTP/2 together', async () => {
    const adapter = new FastifyAdapter({ http2: true } as object);
    const running = await start({ platform: 'fastify', controllers, adapter });
    const session = connectHttp2(running.url);
    for (const method of ['M1', 'M2', 'get', 'GET']) {
      const stream = session.request({ ':path': '/things/1', ':method': method }).resume();
      await new Promise((resolve) => stream.once('close', resolve));
    }
    expect(await running.settled(4)).toEqual({ 'other unmatched 404': 3, 'GET /things/:id 200': 1 });
    expect(await running.counts('http_requests_in_progress')).toEqual({ other: 0, GET: 0 });
    session.close();
    await running.close();
  });

  it('has its routes, and no more, where a hook wraps every handler and adds routes of its own', async () => {
    const adapter = new FastifyAdapter({ bodyLimit: 10 });
    const fastify = adapter.getInstance();
    fastify.addHook('onRoute', (options) => {
      const { handler, url, method } = options;
      options.handler = function (request, reply) {
        return handler.call(this, request, reply);
      };
      if (method === 'POST') {
        fastify.route({ method: 'OPTIONS', url, handler: () => 'POST' });
      }
    });
    const running = await start({ platform: 'fastify', controllers, adapter });
    const statuses = await Promise.all(
      [
        ['things/1', {}],
        ['things/1', { method: 'HEAD' }],
        ['things', { method: 'POST' }],
        ['things', { method: 'POST', body: 'more than ten bytes' }],
        ['things', { method: 'OPTIONS' }],
      ].map(([path, init]) => visit(`${running.url}/${path as string}`, init as RequestInit)),
    );
    expect(statuses).toEqual([200, 200, 201, 413, 200]);
    expect(await running.settled(5)).toEqual({
      'GET /things/:id 200': 1,
      'HEAD /things/:id 200': 1,
      'POST /things 201': 1,
      'POST /things 413': 1,
      'OPTIONS unmatched 200': 1,
    });
    await running.close();
  });

  it("has its routes also where its adapter gives them to Fastify's shorthands, as @All() of Nest 11, or twice", async () => {
    @Controller()
    class AnythingController {
      @All('anything/:id')
      answer(): string {
        return 'done';
      }
    }
    class ShorthandAdapter extends FastifyAdapter {
      override all(path: string, handler: RouteHandler): FastifyInstance {
        return this.getInstance().all(path, handler);
      }
      override get(path: string, handler: RouteHandler): FastifyInstance {
        ['', '/also'].forEach((end) => this.getInstance().route({ method: 'GET', url: path + end, handler }));
        return this.getInstance();
      }
    }
    const running = await start({
      platform: 'fastify',
      controllers: [AnythingController, ThingsController],
      adapter: new ShorthandAdapter({ bodyLimit: 1 }),
    });
    expect(await visit(`${running.url}/anything/1`, { method: 'DELETE' })).toBe(200);
    expect(await visit(`${running.url}/anything/1`, { method: 'POST', body: 'long' })).toBe(413);
    expect(await visit(`${running.url}/things/1`)).toBe(200);
    expect(await visit(`${running.url}/things/1/also`)).toBe(200);
    expect(await running.settled(4)).toEqual({
      'DELETE /anything/:id 200': 1,
      'POST /anything/:id 413': 1,
      'GET /things/:id 200': 2,
    });
    await running.close();
  });

  it('counts what its parser refuses and what its handlerTimeout ends', async () => {
    const adapter = new FastifyAdapter({ handlerTimeout: 20, bodyLimit: 10 });
    const running = await start({ platform: 'fastify', controllers, adapter });
    const post = (type: string, body: string): Promise<number> =>
      visit(`${running.url}/things`, { method: 'POST', body, headers: { 'content-type': type } });
    expect(await post('application/json', '"12345678901234"')).toBe(413);
    expect(await post('no/such', 'x')).toBe(415);
    expect(await post('application/json', '{')).toBe(400);
    expect(await visit(`${running.url}/never`)).toBe(503);
    expect(await running.settled(4)).toEqual({
      'POST /things 413': 1,
      'POST /things 415': 1,
      'POST /things 400': 1,
      'GET /never 503': 1,
    });
    expect(await running.inProgress()).toBe(0);
    await running.close();
  });

  it('that answers 503 while it is closing is seen', async () => {
    const running = await start({ platform: 'fastify', controllers });
    const socket = await open(running.port, 'GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
    const busy = await open(
      running.port,
      'GET /things/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /never HTTP/1.1\r\nHost: a\r\n\r\n',
    );
    while ((await running.inProgress()) < 2) {
      await pause(1);
    }
    const closed = running.close();
    await pause(10);
    busy.write('GET /things/1 HTTP/1.1\r\nHost: a\r\n\r\n');
    await pause(10);
    busy.destroy();
    socket.destroy();
    await closed;
    expect(await running.settled(4)).toEqual({
      'GET /things/:id 200': 1,
      'GET /never 499': 2,
      'GET unmatched 499': 1,
    });
    expect(await running.inProgress()).toBe(0);
  });

  it('leaves nothing behind', async () => {
    const adapter = new FastifyAdapter();
    const { route } = adapter.getInstance();
    const running = await start({ platform: 'fastify', controllers, adapter });
    const server = running.app.getHttpServer() as Server;
    const instance = running.app.getHttpAdapter().getInstance() as { inject: unknown; route: unknown };
    const { inject: watched } = instance;
    expect(instance.route).not.toBe(route);
    const listeners = server.listenerCount('request');
    await talk(running.port, 'GET /things/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await running.close();
    expect(server.listenerCount('request')).toBe(listeners - 1);
    expect(instance.inject).not.toBe(watched);
    expect(instance.route).toBe(route);
  });

  it('is counted no more once it is closed, also where somebody has wrapped its entry', async () => {
    const running = await start({ platform: 'fastify', controllers });
    const instance = running.app.getHttpAdapter().getInstance() as { routing: RequestListener };
    const { routing } = instance;
    await running.close();
    const server = createServer((request, response) => routing(request, response));
    const url = await serve(server);
    await visit(`${url}/things/1`);
    await pause(5);
    expect(await running.counts()).toEqual({});
    server.close();
  });
});
