import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Req, Res, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { MetricsOptions } from '../../src/metrics.options.js';
import { askV8 } from './ask-v8.js';
import { start, talk } from './harness.js';

type Request = IncomingMessage & Record<string, unknown>;
type Response = ServerResponse & { locals?: unknown; status(code: number): Response };

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
const post =
  'POST /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n' +
  'Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{"b":2}';

/** Of Node's and Express's own: no two requests have the same. */
const OBJECTS = ['next', 'route', 'res'];
const FIELDS = ['next', 'baseUrl', 'originalUrl', 'params', 'route', 'res', 'url', 'path', 'query', 'body'];

/** All that an app can read of its requests and responses: at its first middleware, its handler and the end. */
async function whatIsSeen(metrics: MetricsOptions, nest: { bodyParser: boolean }): Promise<unknown[]> {
  const seen: unknown[] = [];
  const look = (request: Request, response: Response): void => {
    const fields = FIELDS.map((name) => [
      name,
      name in request,
      OBJECTS.includes(name) ? typeof request[name] : request[name],
    ]);
    seen.push(fields, response.statusCode, response.statusMessage, response.locals);
  };
  @Controller()
  class HelloController {
    @Get(['hello', 'other'])
    hello(@Req() request: Request, @Res({ passthrough: true }) response: Response): string {
      look(request, response);
      seen.push(Object.keys(request).sort());
      return 'hello';
    }
  }
  const prepare = (app: INestApplication): void => {
    app.use((request: Request, response: Response, next: () => void) => {
      response.on('finish', () => seen.push(response.statusCode, response.statusMessage));
      look(request, response);
      next();
    });
  };
  const running = await start({
    platform: 'express',
    controllers: [HelloController],
    metrics,
    prepare,
    nest,
  });
  for (const request of [get('/hello?a=1'), get('/other'), post, get('/nothing')]) {
    seen.push((await talk(running.port, request)).replace(/\r\nDate: .*/, ''));
  }
  await running.close();
  return seen;
}

describe("Express's fields of requests and responses", () => {
  it('are there before Express gets them', async () => {
    const running = await start({ platform: 'express', controllers: [] });
    const server = running.app.getHttpServer() as Server;
    const express = server.listeners('request').at(-1) as (...args: unknown[]) => void;
    server.removeListener('request', express);
    let fields: string[] = [];
    server.on('request', (request: Request, response: Response) => {
      fields = [...Object.keys(request), ...Object.keys(response)];
      express(request, response);
    });
    await talk(running.port, get('/hello'));
    expect(fields).toEqual(
      expect.arrayContaining([
        'res',
        'next',
        'baseUrl',
        'originalUrl',
        'params',
        'locals',
        'statusCode',
        'statusMessage',
      ]),
    );
    await running.close();
  });

  it('leave responses the hidden class that they share', async () => {
    let first: Response | undefined;
    const sharing: boolean[] = [];
    const running = await start({
      platform: 'express',
      controllers: [],
      prepare: (app) => {
        app.use((_request: Request, response: Response, next: () => void) => {
          response.status(200).statusMessage = 'Fine';
          if (first === undefined) {
            first = response;
          } else {
            sharing.push(askV8('HaveSameMap', first, response));
            first = undefined;
          }
          setTimeout(next, 20);
        });
      },
    });
    for (let pair = 0; pair < 4; pair++) {
      await Promise.all([talk(running.port, get('/hello')), talk(running.port, get('/hello'))]);
    }
    // V8 learns from the first ones what kinds of values the fields have.
    expect(sharing.slice(-2)).toEqual([true, true]);
    await running.close();
  });

  it.each([true, false])('read as they do without metrics, with the body parsers: %s', async (bodyParser) => {
    const bare = await whatIsSeen({ http: false }, { bodyParser });
    expect(bare.length).toBeGreaterThan(20);
    expect(await whatIsSeen({}, { bodyParser })).toEqual(bare);
  });

  it.each(['request', 'response'] as const)(
    "are left alone where the app's prototype of a %s has one of its own",
    async (which) => {
      const adapter = new ExpressAdapter();
      const prototypes = adapter.getInstance<Record<typeof which, object>>();
      const field = which === 'request' ? 'originalUrl' : 'statusMessage';
      Object.defineProperty(prototypes[which], field, { get: () => 'Its own', set: () => {} });
      let seen: unknown;

      @Controller()
      class HelloController {
        @Get('hello')
        hello(@Req() request: Request, @Res({ passthrough: true }) response: Response): void {
          seen = { request, response }[which][field as keyof object];
        }
      }
      const running = await start({ platform: 'express', controllers: [HelloController], adapter });
      await talk(running.port, get('/hello'));
      expect(seen).toBe('Its own');
      await running.close();
    },
  );

  it('keep what a listener of the server has set, also where that is read-only', async () => {
    let seen: unknown;

    @Controller()
    class HelloController {
      @Get('hello')
      hello(@Req() { originalUrl }: Request, @Res({ passthrough: true }) { locals }: Response): void {
        seen = { originalUrl, locals };
      }
    }
    const running = await start({ platform: 'express', controllers: [HelloController] });
    const server = running.app.getHttpServer() as Server;
    server.prependListener('request', (request: Request, response: Response) => {
      request['originalUrl'] = '/before';
      response.locals = { before: true };
      Object.defineProperty(response, 'statusMessage', { value: 'Fine' });
    });
    expect(await talk(running.port, get('/hello'))).toMatch(/^HTTP\/1.1 200 Fine/);
    expect(seen).toEqual({ originalUrl: '/before', locals: { before: true } });
    expect(await running.settled(1)).toEqual({ 'GET /hello 200': 1 });
    await running.close();
  });
});
