import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, Post } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { watchRequests, type RequestReceiver } from '../../src/http/received-requests.js';
import { PLATFORMS, listen, open, start, talk } from './harness.js';

@Controller()
class UsersController {
  @Get('users/:id')
  find(@Param('id') id: string): string {
    return id;
  }

  @Post('users')
  create(): string {
    return 'made';
  }
}

const controllers = [UsersController];
const get = (...headers: string[]): string => ['GET /users/1 HTTP/1.1', ...headers, '', ''].join('\r\n');
const last = get('Host: a', 'Connection: close');

describe.each(PLATFORMS)('requests that Node tells of, on %s', (platform) => {
  it('are seen by its channel alone from the second on, and counted once each', async () => {
    const running = await start({ platform, controllers });
    const server = running.app.getHttpServer() as Server;
    const before = server.listenerCount('request');
    await talk(running.port, last);
    expect(server.listenerCount('request')).toBe(before - 1);
    await talk(running.port, get('Host: a').repeat(3) + last);
    expect(await running.settled(5)).toEqual({ 'GET /users/:id 200': 5 });
    await running.close();
    expect(server.listenerCount('request')).toBe(before - 1);
  });

  it('are counted where Node answers them itself', async () => {
    const running = await start({ platform, controllers });
    const server = running.app.getHttpServer() as Server;
    expect(await talk(running.port, get())).toContain('400 Bad Request');
    expect(await talk(running.port, get('Host: a', 'Expect: money', 'Connection: close'))).toContain('417');
    server.maxRequestsPerSocket = 1;
    expect(await talk(running.port, get('Host: a') + last)).toContain('503 Service Unavailable');
    expect(await running.settled(4)).toEqual({
      'GET unmatched 400': 1,
      'GET unmatched 417': 1,
      'GET unmatched 503': 1,
      'GET /users/:id 200': 1,
    });
    await running.close();
  });

  it('are counted once where the client waits for a 100 and the app answers that', async () => {
    const running = await start({ platform, controllers });
    const server = running.app.getHttpServer() as Server;
    const post =
      'POST /users HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n';
    expect(await talk(running.port, post)).toContain('100 Continue');
    server.on('checkContinue', (request: IncomingMessage, response) => {
      response.writeContinue();
      server.emit('request', request, response);
    });
    expect(await talk(running.port, post)).toContain('made');
    expect(await running.settled(2)).toEqual({ 'POST /users 201': 2 });
    await running.close();
  });

  it('are left alone once their app is closed, on a connection that is not', async () => {
    const running = await start({ platform, controllers });
    const server = running.app.getHttpServer() as Server;
    const socket = await open(running.port, get('Host: a'));
    await running.settled(1);
    socket.destroy();
    await running.close();
    const again = await listen(server);
    await talk(again, last);
    expect(await running.counts()).toEqual({ 'GET /users/:id 200': 1 });
    await new Promise((resolve) => server.close(resolve));
  });
});

/** Fastify's router refuses it, so that it is seen at the server or not at all. */
const BROKEN = '/%E0%A4%A';

describe('a server of HTTP/2 that takes HTTP/1 as well', () => {
  it('is seen with both, in any order', async () => {
    const pem = readFileSync(new URL('../endpoint/fixtures/cert.pem', import.meta.url));
    const key = readFileSync(new URL('../endpoint/fixtures/key.pem', import.meta.url));
    const adapter = new FastifyAdapter({
      http2: true,
      https: { allowHTTP1: true, cert: pem, key },
    } as object);
    const running = await start({ platform: 'fastify', controllers, adapter });
    const byHttp1 = async (): Promise<void> => {
      await new Promise((resolve) => {
        const options = { port: running.port, path: BROKEN, rejectUnauthorized: false, agent: false };
        httpsRequest(options, (response) => response.resume().once('end', resolve)).end();
      });
    };
    const byHttp2 = async (): Promise<void> => {
      const session = connectHttp2(`https://127.0.0.1:${running.port}`, { rejectUnauthorized: false });
      const stream = session.request({ ':path': BROKEN }).resume();
      await new Promise((resolve) => stream.once('close', resolve));
      session.close();
    };
    await byHttp1();
    await byHttp2();
    await byHttp1();
    await byHttp2();
    expect(await running.settled(4)).toEqual({ 'GET unmatched 400': 4 });
    await running.close();
  });
});

class Receiver implements RequestReceiver {
  readonly seen = new Map<IncomingMessage, boolean>();
  readonly urls: string[] = [];

  receive(request: IncomingMessage, _response: unknown, received: boolean): void {
    this.seen.set(request, received);
    this.urls.push(`${request.url ?? ''} ${received ? 'received' : 'made'}`);
  }

  hasReceived(request: IncomingMessage): boolean {
    return this.seen.has(request);
  }
}

describe('watchRequests', () => {
  const visit = (port: number, path: string): Promise<string> =>
    talk(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);

  it('tells all who watch a server, and nobody else', async () => {
    const server = createServer((_request, response) => response.end('seen'));
    const other = createServer((_request, response) => response.end('other'));
    const [first, second, third, elsewhere] = [
      new Receiver(),
      new Receiver(),
      new Receiver(),
      new Receiver(),
    ];
    const endFirst = watchRequests(server, first);
    const endSecond = watchRequests(server, second);
    const endThird = watchRequests(server, third);
    const endElsewhere = watchRequests(other, elsewhere);
    const port = await listen(server);
    const otherPort = await listen(other);
    await visit(port, '/1');
    await visit(otherPort, '/2');
    endSecond();
    await visit(port, '/3');
    endThird();
    await visit(port, '/4');
    endFirst();
    await visit(port, '/5');
    await visit(otherPort, '/6');
    endElsewhere();
    await visit(otherPort, '/7');
    expect(first.urls).toEqual(['/1 received', '/3 received', '/4 received']);
    expect(second.urls).toEqual(['/1 received']);
    expect(third.urls).toEqual(['/1 received', '/3 received']);
    expect(elsewhere.urls).toEqual(['/2 received', '/6 received']);
    expect(server.listenerCount('request')).toBe(1);
    expect(other.listenerCount('request')).toBe(1);
    await Promise.all([server, other].map((one) => new Promise((resolve) => one.close(resolve))));
  });

  it('tells of requests that somebody else gives to a server, as adapters of serverless platforms do', () => {
    const server = createServer();
    const receiver = new Receiver();
    const end = watchRequests(server, receiver);
    for (const url of ['/1', '/2']) {
      server.emit('request', { url } as IncomingMessage, {});
    }
    expect(receiver.urls).toEqual(['/1 made', '/2 made']);
    end();
    server.emit('request', { url: '/3' } as IncomingMessage, {});
    expect(receiver.urls).toHaveLength(2);
  });
});
