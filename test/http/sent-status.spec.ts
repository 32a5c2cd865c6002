import { connect as connectHttp2 } from 'node:http2';
import type { Server, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  Catch,
  Controller,
  Get,
  Post,
  Res,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { PLATFORMS, open, pause, start, talk, type RunningApp } from './harness.js';
import './inject-without-cookies.js';

type Response = ServerResponse & {
  raw?: ServerResponse;
  status(code: number): Response;
  send(body: unknown): void;
};

let messageReads = 0;
const rawOf = (response: Response): ServerResponse => response.raw ?? response;

@Controller()
class LateController {
  @Get('written')
  written(@Res() response: Response): void {
    const raw = rawOf(response);
    raw.writeHead(206);
    raw.write('a');
    raw.statusCode = 500;
    raw.end();
  }

  @Get('flushed')
  flushed(@Res() response: Response): void {
    const raw = rawOf(response);
    raw.statusCode = 207;
    raw.flushHeaders();
    raw.statusCode = 204;
    raw.end();
  }

  @Get('worded')
  worded(@Res() response: Response): void {
    const raw = rawOf(response);
    raw.writeHead(202, 'As You Wish').end('a');
    raw.statusCode = 418;
  }

  @Get('own-words')
  ownWords(@Res() response: Response): void {
    rawOf(response).writeHead(203, 'Not Found').end('a');
  }

  @Get('unknown')
  unknown(@Res() response: Response): void {
    rawOf(response).writeHead(299).end('a');
  }

  @Get('answered')
  answered(@Res() response: Response): void {
    response.send('hi');
    response.status(418);
  }

  @Get('failing')
  failing(@Res() response: Response): void {
    rawOf(response).write('half');
    throw new Error('in the middle of it');
  }

  /** As an app's own status, and both changed afterwards. */
  @Get('own-499')
  own(@Res() response: Response): void {
    rawOf(response).writeHead(499).end('token required');
  }

  @Get('both')
  both(@Res() response: Response): void {
    const raw = rawOf(response);
    raw.write('a');
    Object.assign(raw, { statusCode: 500, statusMessage: 'Internal Server Error' });
    raw.end();
  }

  @Get('message')
  message(@Res() response: Response): void {
    const raw = rawOf(response);
    Object.defineProperty(raw, 'statusMessage', { get: () => messageReads++ });
    raw.end('a');
  }

  @Get('plain')
  plain(): string {
    return 'plain';
  }

  @Post('upload')
  upload(@Body() body: unknown): unknown {
    return body;
  }
}

/** Answers what it gets, as filters do. */
@Catch()
class AnsweringFilter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    try {
      response.status(500).send('failed');
    } catch {
      // Its head is sent.
    }
    rawOf(response).end();
  }
}

let running: RunningApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const PATHS = {
  written: 206,
  flushed: 207,
  worded: 202,
  'own-words': 203,
  unknown: 299,
  answered: 200,
  both: 200,
  'own-499': 499,
  failing: 200,
  plain: 200,
};

describe.each(PLATFORMS)('the status on %s', (platform) => {
  it.each(['adapter', 'interceptor'] as const)('is the one in the head that was sent, by %s', async (via) => {
    running = await start({
      platform,
      controllers: [LateController],
      metrics: { http: { via } },
      prepare: (app) => void app.useGlobalFilters(new AnsweringFilter()),
    });
    const expected: Record<string, number> = {};
    for (const [path, status] of Object.entries(PATHS)) {
      const answer = await talk(
        running.port,
        `GET /${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      );
      expect(answer.slice(9, 12)).toBe(String(status));
      expected[`GET /${path} ${status}`] = 1;
    }
    expect(await running.settled(Object.keys(PATHS).length)).toEqual(expected);
  });

  it('is 499 where the client gives up an upload that is too large before it is told', async () => {
    running = await start({ platform, controllers: [LateController], metrics: { http: { sizes: true } } });
    // Fastify answers at once, and Express when all has come.
    const socket = await open(
      running.port,
      'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n"abc',
    );
    let got = '';
    socket.on('data', (data) => (got += data.toString()));
    await pause(50);
    socket.resetAndDestroy();
    const counts = await running.settled(1);
    expect(Object.keys(counts).map((series) => series.split(' ').at(-1))).toEqual([
      got.slice(9, 12) || '499',
    ]);
    const sent = Object.values(await running.counts('http_response_size_bytes_sum'));
    expect(sent).toEqual([got === '' ? 0 : expect.any(Number)]);
  });

  it('is that of Node where what follows the request is none, and its answer is all that was sent', async () => {
    running = await start({ platform, controllers: [LateController] });
    const answer = await talk(running.port, 'GET /plain HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n');
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect(await running.settled(1)).toEqual({ 'GET /plain 400': 1 });
  });
});

it('is the one that was sent with HTTP/2 too', async () => {
  running = await start({
    platform: 'fastify',
    adapter: new FastifyAdapter({ http2: true } as object),
    controllers: [LateController],
  });
  const session = connectHttp2(running.url);
  for (const path of ['written', 'plain', 'message']) {
    const stream = session.request({ ':path': `/${path}` });
    stream.resume();
    await new Promise((resolve) => stream.on('close', resolve));
  }
  session.close();
  expect(await running.settled(3)).toEqual({
    'GET /written 206': 1,
    'GET /plain 200': 1,
    'GET /message 200': 1,
  });
  // Node warns the app of whoever reads it.
  expect(messageReads).toBe(0);
});

describe.each(PLATFORMS)('sizes on %s', (platform) => {
  it.each(['adapter', 'interceptor'] as const)(
    'are those of bodies that were read before, by %s',
    async (via) => {
      running = await start({
        platform,
        controllers: [LateController],
        metrics: { http: { sizes: true, via } },
      });
      const headers = { 'content-type': 'application/json' };
      await fetch(`${running.url}/upload`, { method: 'POST', headers, body: '{"a":1}' });
      await fetch(`${running.url}/own-499`);
      if (platform === 'fastify') {
        const { inject } = running.app.getHttpAdapter().getInstance() as FastifyInstance;
        await inject({ method: 'POST', url: '/upload', headers, payload: '{"ab":1}' });
      }
      await running.settled(platform === 'fastify' ? 3 : 2);
      const received = await running.counts('http_request_size_bytes_sum');
      expect(received['POST /upload 201']).toBe(platform === 'fastify' ? 15 : 7);
      const sent = await running.counts('http_response_size_bytes_sum');
      expect(sent['GET /own-499 499']).toBe('token required'.length);
    },
  );
});

it.each(PLATFORMS)(
  'a connection that is upgraded has nobody of ours to handle its errors, on %s',
  async (platform) => {
    running = await start({ platform, controllers: [LateController] });
    const server = running.app.getHttpServer() as Server;
    const listeners = new Promise((resolve) => {
      server.on('upgrade', (_request, socket) => {
        resolve(socket.listenerCount('error'));
        socket.end();
      });
    });
    const plain = 'GET /plain HTTP/1.1\r\nHost: a\r\n';
    await talk(running.port, `${plain}\r\n${plain}Connection: Upgrade\r\nUpgrade: x\r\n\r\n`);
    expect(await listeners).toBe(0);
  },
);

describe.each(PLATFORMS)('the size of a request on %s', (platform) => {
  it('is what came of it, whatever was announced', async () => {
    running = await start({ platform, controllers: [LateController], metrics: { http: { sizes: true } } });
    const head = 'Host: a\r\nConnection: close\r\n';
    await talk(running.port, `POST /nowhere HTTP/1.1\r\n${head}Content-Length: 9007199254740991\r\n\r\nabc`);
    await talk(
      running.port,
      `GET /plain HTTP/1.1\r\n${head}Content-Length: 1000000000000\r\n\r\nabcd`,
      'plain',
    );
    await talk(
      running.port,
      `POST /upload HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}`,
    );
    await running.settled(3);
    expect(await running.counts('http_request_size_bytes_sum')).toEqual({
      'POST unmatched 404': 3,
      'GET /plain 200': 4,
      'POST /upload 201': 7,
    });
  });
});
