import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, Res, Sse, type INestApplication } from '@nestjs/common';
import { NEVER, Observable, of, concat } from 'rxjs';
import { PLATFORMS, open, pause, start, talk, type RunningApp } from './harness.js';
import { SlowController, release } from './slow-controller.js';

@Controller()
class BusyController extends SlowController {
  @Get('failing')
  async failing(): Promise<never> {
    await new Promise<void>((resolve) => release.push(resolve));
    throw new Error('failed after all');
  }

  @Get('half')
  half(@Res() response: { raw?: NodeJS.WritableStream } & NodeJS.WritableStream): void {
    (response.raw ?? response).write('half');
  }

  @Sse('events')
  events(): Observable<object> {
    return concat(of({ data: 'first' }), NEVER);
  }

  @Post('upload')
  upload(): string {
    return 'done';
  }
}

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const CLOSE = 'Connection: close\r\n';

describe.each(PLATFORMS)('a connection on %s', (platform) => {
  let running: RunningApp;

  beforeAll(async () => {
    const prepare = (app: INestApplication): void => {
      Object.assign(app.getHttpServer() as object, { connectionsCheckingInterval: 10 });
      app.use('/quick/late', (_request: object, _response: object, next: (error: Error) => void) => {
        release.push(() => next(new Error('failed after all')));
      });
    };
    running = await start({ platform, controllers: [BusyController], prepare });
  });
  beforeEach(() => {
    release.length = 0;
    running.registry.resetMetrics();
  });
  afterAll(() => running.close());

  async function inProgress(count: number): Promise<void> {
    while ((await running.inProgress()) !== count) {
      await pause(1);
    }
  }

  it('that the client ends before the head is 499', async () => {
    const socket = await open(running.port, get('/slow/1'));
    await inProgress(1);
    socket.destroy();
    expect(await running.settled(1)).toEqual({ 'GET /slow/:id 499': 1 });
    release.forEach((go) => go());
    await pause(10);
    expect(await running.counts()).toEqual({ 'GET /slow/:id 499': 1 });
  });

  it('that the client ends before the handler throws counts as an exception', async () => {
    const socket = await open(running.port, get('/failing'));
    await inProgress(1);
    socket.destroy();
    await running.settled(1);
    expect(await running.counts('http_request_exceptions_total')).toEqual({});
    release.forEach((go) => go());
    await pause(10);
    expect(await running.counts('http_request_exceptions_total')).toEqual({ 'GET /failing 499': 1 });
    expect(await running.counts()).toEqual({ 'GET /failing 499': 1 });
  });

  it('that the client ends before middleware fails counts as an exception', async () => {
    const socket = await open(running.port, get('/quick/late'));
    await inProgress(1);
    socket.destroy();
    await running.settled(1);
    release.forEach((go) => go());
    await pause(10);
    expect(await running.counts('http_request_exceptions_total')).toEqual({ 'GET unmatched 499': 1 });
    expect(await running.counts()).toEqual({ 'GET unmatched 499': 1 });
  });

  it('that the client ends after the head keeps the status', async () => {
    await talk(running.port, get('/half'), 'half');
    expect(await running.settled(1)).toEqual({ 'GET /half 200': 1 });
    expect(await running.inProgress()).toBe(0);
  });

  it('with server-sent events keeps the status when the client leaves', async () => {
    await talk(running.port, get('/events'), 'first');
    expect(await running.settled(1)).toEqual({ 'GET /events 200': 1 });
    expect(await running.inProgress()).toBe(0);
  });

  it('that the client ends in the middle of a body is 499', async () => {
    const socket = await open(
      running.port,
      'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    await inProgress(1);
    socket.destroy();
    expect(await running.settled(1)).toEqual({ 'POST unmatched 499': 1 });
    expect(await running.inProgress()).toBe(0);
    // The body parser has an error of its own for that, which is none of the app's.
    await pause(50);
    expect(await running.counts('http_request_exceptions_total')).toEqual({});
  });

  it('that is kept alive counts each request once', async () => {
    const socket = await open(running.port, get('/quick/1'));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write(get('/quick/2'));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    expect(await running.settled(2)).toEqual({ 'GET /quick/:id 200': 2 });
  });

  it('with pipelined requests counts each once', async () => {
    const pipelined = get('/quick/1') + get('/nothing') + get('/quick/2') + get('/quick/3', CLOSE);
    await talk(running.port, pipelined);
    expect(await running.settled(4)).toEqual({ 'GET /quick/:id 200': 3, 'GET unmatched 404': 1 });
    expect(await running.inProgress()).toBe(0);
  });

  it('that ends with pipelined requests in flight counts each once, 499', async () => {
    const socket = await open(
      running.port,
      get('/slow/1') + get('/slow/2') + get('/quick/3') + get('/slow/4'),
    );
    await inProgress(4);
    socket.destroy();
    expect(await running.settled(4)).toEqual({ 'GET /slow/:id 499': 3, 'GET /quick/:id 499': 1 });
    expect(await running.inProgress()).toBe(0);
    release.forEach((go) => go());
    await pause(10);
    expect(await running.counts()).toEqual({ 'GET /slow/:id 499': 3, 'GET /quick/:id 499': 1 });
  });

  it('whose pipelined requests get their turn late counts each once', async () => {
    const answer = talk(running.port, get('/slow/1') + get('/slow/2') + get('/slow/3', CLOSE));
    await inProgress(3);
    for (const at of [2, 1, 0]) {
      release[at]?.();
      await pause(2);
    }
    expect((await answer).match(/ 200 OK/g)).toHaveLength(3);
    expect(await running.settled(3)).toEqual({ 'GET /slow/:id 200': 3 });
    expect(await running.inProgress()).toBe(0);
  });

  it('that waits for "100 Continue" counts once', async () => {
    const head =
      'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n' +
      `Expect: 100-continue\r\n${CLOSE}\r\n`;
    const socket = await open(running.port, head);
    const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    expect(first.toString()).toContain('100 Continue');
    socket.write('{}');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(await running.settled(1)).toEqual({ 'POST /upload 201': 1 });
  });

  it('that is upgraded is not counted', async () => {
    const server = running.app.getHttpServer() as import('node:http').Server;
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    });
    const answer = await talk(running.port, get('/quick/1', 'Connection: Upgrade\r\nUpgrade: test\r\n'));
    server.removeAllListeners('upgrade');
    expect(answer).toContain('101');
    await pause(10);
    expect(await running.counts()).toEqual({});
    expect(await running.inProgress()).toBe(0);
  });

  it('with a broken body has the status that the server refuses it with', async () => {
    const head = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    const answer = await talk(running.port, `${head}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`);
    expect(answer).toContain('400 Bad Request');
    expect(await running.settled(1)).toEqual({ 'POST unmatched 400': 1 });
    await pause(50);
    expect(await running.counts('http_request_exceptions_total')).toEqual({});
  });

  it('with a broken request behind others has the refusal as the status of the one whose turn it is', async () => {
    const answer = await talk(running.port, `${get('/slow/1')}${get('/slow/2')}NONSENSE\r\n\r\n`);
    expect(answer.match(/400 Bad Request/g)).toHaveLength(1);
    expect(await running.settled(2)).toEqual({ 'GET /slow/:id 400': 1, 'GET /slow/:id 499': 1 });
  });

  it('with a body that never comes has the status that the server ends it with', async () => {
    const server = running.app.getHttpServer() as import('node:http').Server;
    const { headersTimeout, requestTimeout } = server;
    Object.assign(server, { headersTimeout: 20, requestTimeout: 20 });
    const head = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    const answer = await talk(running.port, `${head}Content-Length: 2\r\n\r\n`);
    Object.assign(server, { headersTimeout, requestTimeout });
    expect(answer).toContain('408 Request Timeout');
    expect(await running.settled(1)).toEqual({ 'POST unmatched 408': 1 });
  });

  it('with a broken request line is not counted', async () => {
    expect(await talk(running.port, 'NONSENSE\r\n\r\n')).toContain('400');
    await pause(5);
    expect(await running.counts()).toEqual({});
  });
});
