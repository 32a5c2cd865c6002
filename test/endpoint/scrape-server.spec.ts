import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, get as tlsGet } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { basicAuth, bearerToken, type Authorize } from '../../src/endpoint/authorize.js';
import type { ScrapeServerOptions } from '../../src/endpoint/scrape-server.options.js';
import { startScrapeServer, type ScrapeServer } from '../../src/endpoint/scrape-server.js';
import type { ScrapeQuery, ScrapeSource } from '../../src/endpoint/scrape-source.js';
import { EXPOSITION, ask, chunksOf, gate, open, sourceOf, talk } from './harness.js';

const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

const servers: ScrapeServer[] = [];
const log: unknown[][] = [];

async function serve(
  options: Partial<ScrapeServerOptions> = {},
  source: ScrapeSource = sourceOf(),
): Promise<{ server: ScrapeServer; port: number }> {
  const server = await startScrapeServer({ port: 0, host: '127.0.0.1', ...options }, source, (...args) =>
    log.push(args),
  );
  servers.push(server);
  return { server, port: server.address.port };
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  log.length = 0;
});

/** A source of one chunk, then `later`, then another chunk. */
const pausing = (later: (query: ScrapeQuery) => Promise<unknown>): ScrapeSource =>
  sourceOf(async function* (query) {
    yield Buffer.from('a 1\n');
    await later(query);
    yield Buffer.from('b 2\n');
  });

describe('what the server answers', () => {
  it('gives the metrics at its path, with or without a query, and in the absolute form', async () => {
    const { port } = await serve();

    for (const path of ['/metrics', '/metrics?', '/metrics?x=%E0%A4%A', 'http://other/metrics']) {
      expect(await ask(port, path)).toMatchObject({
        status: 200,
        body: EXPOSITION,
        headers: {
          'content-type': 'text/plain; version=0.0.4; charset=utf-8',
          vary: 'Accept, Accept-Encoding',
        },
      });
    }
  });

  it('listens on all addresses and at /metrics by default', async () => {
    const server = await startScrapeServer({ port: 0 }, sourceOf());
    servers.push(server);

    expect(server.address).toMatchObject({ address: '0.0.0.0', port: expect.any(Number) });
    expect((await ask(server.address.port)).status).toBe(200);
  });

  it.each(['/', '/metrics/', '/Metrics', '/metricsx', '/%6Detrics', '//metrics'])(
    'gives 404 at %s',
    async (path) => {
      const { port } = await serve();

      expect(await ask(port, path)).toMatchObject({ status: 404, body: 'Not Found\n' });
    },
  );

  it('gives 404 for a request target that is no path', async () => {
    const { port } = await serve();

    expect(await talk(port, 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 404 /,
    );
  });

  it('gives 405 with Allow for other methods, and 404 for them elsewhere', async () => {
    const { port } = await serve({ path: '/m' });

    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      expect(await ask(port, '/m', { method })).toMatchObject({
        status: 405,
        headers: { allow: 'GET, HEAD' },
      });
    }
    expect((await ask(port, '/metrics', { method: 'POST' })).status).toBe(404);
  });

  it('answers HEAD like GET, without a body and without collecting', async () => {
    let reads = 0;
    const { port } = await serve(
      {},
      sourceOf(async function* () {
        reads += 1;
        yield Buffer.from('a 1\n');
      }),
    );

    const head = await ask(port, '/metrics', { method: 'HEAD', headers: { 'Accept-Encoding': 'gzip' } });

    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-encoding': 'gzip' } });
    expect(reads).toBe(0);
  });

  it('compresses what the scraper takes compressed', async () => {
    const { port } = await serve();

    const packed = await ask(port, '/metrics', { headers: { 'Accept-Encoding': 'deflate, gzip;q=0.5' } });
    const plain = await ask(port, '/metrics', { headers: { 'Accept-Encoding': 'gzip;q=0' } });

    expect(packed).toMatchObject({ body: EXPOSITION, headers: { 'content-encoding': 'gzip' } });
    expect(plain.body).toBe(EXPOSITION);
    expect(plain.headers).not.toHaveProperty('content-encoding');
  });

  it('compresses nothing with gzip: false', async () => {
    const { port } = await serve({ gzip: false });

    const { headers } = await ask(port, '/metrics', { headers: { 'Accept-Encoding': 'gzip' } });

    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers.vary).toBe('Accept');
  });

  it('hands format, names and time limit to the source', async () => {
    const seen: ScrapeQuery[] = [];
    const { port } = await serve(
      {},
      {
        contentType: (accept) => `x/${accept}`,
        read(query) {
          seen.push(query);
          return chunksOf('');
        },
      },
    );

    const { headers, body } = await ask(port, '/metrics?name[]=a&name[]=b&name=c', {
      headers: { Accept: 'text/plain', 'X-Prometheus-Scrape-Timeout-Seconds': '3' },
    });

    expect(headers['content-type']).toBe('x/text/plain');
    expect(body).toBe('');
    expect(seen).toMatchObject([{ accept: 'text/plain', names: ['a', 'b'], timeoutMs: 2500 }]);
  });

  it('speaks HTTPS', async () => {
    const { port } = await serve({ tls: { cert: fixture('cert.pem'), key: fixture('key.pem') } });
    const agent = new TlsAgent({ ca: fixture('cert.pem'), keepAlive: true });

    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      tlsGet({ port, host: '127.0.0.1', path: '/metrics', servername: 'localhost', agent }, resolve).on(
        'error',
        reject,
      );
    });

    expect(await text(response)).toBe(EXPOSITION);
    await servers[0]?.close();
    agent.destroy();
  });
});

describe('authorization', () => {
  it.each([
    ['basicAuth', basicAuth('u', 'p'), 'Basic dTpw', 'Basic realm="metrics", charset="UTF-8"'],
    ['bearerToken', bearerToken('t'), 'Bearer t', 'Bearer realm="metrics"'],
    [
      'a function',
      ((request) => request.headers.authorization === 'me') as Authorize,
      'me',
      'Bearer realm="metrics"',
    ],
    [
      'a promise',
      (async (request) => request.headers.authorization === 'me') as Authorize,
      'me',
      'Bearer realm="metrics"',
    ],
  ])('%s', async (_, authorize, right, challenge) => {
    const { port } = await serve({ authorize });

    expect(await ask(port, '/metrics', { headers: { Authorization: right } })).toMatchObject({
      status: 200,
      body: EXPOSITION,
    });
    for (const wrong of [
      undefined,
      '',
      'Digest x',
      `${right}x`,
      `${right} `.repeat(2),
      right.toUpperCase(),
    ]) {
      const answer = await ask(port, '/metrics', {
        headers: wrong === undefined ? {} : { Authorization: wrong },
      });
      expect(answer).toMatchObject({
        status: 401,
        body: 'Unauthorized\n',
        headers: { 'www-authenticate': challenge },
      });
    }
  });

  it.each<[string, () => unknown]>([
    ['gives 1', () => 1],
    ['gives a string', () => 'true'],
    ['gives an object', () => ({})],
    ['gives a promise of a truthy value', async () => 'yes'],
    ['gives undefined', () => undefined],
    [
      'throws',
      () => {
        throw new Error('token sesame was given');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('token sesame was given');
      },
    ],
  ])('401 where the function %s, and nothing of it is told', async (_, authorize) => {
    const { port } = await serve({ authorize: authorize as Authorize });

    const answers = [await ask(port), await ask(port), await ask(port, '/metrics', { method: 'HEAD' })];

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(JSON.stringify([answers, log])).not.toMatch(/sesame|gauge/);
    expect(log.length).toBeLessThan(2);
  });

  it('refuses a header of a megabyte with 431', async () => {
    const { port } = await serve({ authorize: bearerToken('t') });

    const answer = await talk(
      port,
      `GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'t'.repeat(2 ** 20)}\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });
});

describe('streaming', () => {
  const LINE = 'some_metric{label="a value that repeats"} 1\n'.repeat(1500);

  it('frames the body, so that the connection serves the next scrape, and a body cut off is seen', async () => {
    let fails = false;
    const { port } = await serve(
      {},
      pausing(async () => {
        if (fails) {
          throw new Error('disk on fire');
        }
      }),
    );
    const request = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
    const last = 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

    expect((await talk(port, request + last)).match(/4\r\na 1\n\r\n4\r\nb 2\n\r\n0\r\n\r\n/g)).toHaveLength(
      2,
    );
    fails = true;
    expect(await talk(port, last)).not.toContain('0\r\n\r\n');
  });

  it('makes no more than the scraper reads', async () => {
    let made = 0;
    let ended = false;
    const { port } = await serve(
      {},
      sourceOf(async function* () {
        try {
          for (; made < 400; made += 1) {
            yield Buffer.from(LINE);
          }
        } finally {
          ended = true;
        }
      }),
    );
    const response = await open(port, '/metrics');
    let before = -1;
    while (before !== made) {
      before = made;
      await sleep(100);
    }
    const heldBack = made;
    const body = await text(response);

    expect(heldBack).toBeGreaterThan(0);
    expect(heldBack).toBeLessThan(200);
    expect(body).toBe(LINE.repeat(400));
    expect(ended).toBe(true);
  });

  it('stops the work when the scraper hangs up, without an error', async () => {
    const aborted = gate();
    const returned = gate();
    const source = sourceOf(async function* ({ signal }) {
      signal.addEventListener('abort', aborted.pass);
      try {
        for (;;) {
          yield Buffer.from(LINE);
        }
      } finally {
        returned.pass();
      }
    });
    const { port } = await serve({}, source);

    for (const headers of [{}, { 'Accept-Encoding': 'gzip' }] as Record<string, string>[]) {
      const response = await open(port, '/metrics', { headers });
      response.on('error', () => {});
      response.destroy();
      await Promise.all([aborted.passed, returned.passed]);
    }

    expect(log).toEqual([]);
  });

  it('stops waiting for a collector when the scraper hangs up', async () => {
    const aborted = gate();
    const started = gate();
    const { port } = await serve(
      {},
      pausing(({ signal }) => {
        signal.addEventListener('abort', aborted.pass);
        started.pass();
        return new Promise(() => {});
      }),
    );
    const response = await open(port, '/metrics');
    response.on('error', () => {});
    await started.passed;
    response.destroy();
    await aborted.passed;

    expect(log).toEqual([]);
  });

  it.each<Record<string, string>>([{}, { 'Accept-Encoding': 'gzip' }])(
    'cuts the answer off that fails midway (%j)',
    async (headers) => {
      const { port } = await serve(
        {},
        pausing(() => Promise.reject(new Error('disk on fire'))),
      );

      await expect(ask(port, '/metrics', { headers })).rejects.toThrow(/aborted|hang up|unexpected end/);
      expect(log).toEqual([['A scrape could not be answered', new Error('disk on fire')]]);
    },
  );

  it.each<[string, ScrapeSource['read']]>([
    [
      'throws',
      () => {
        throw new Error('disk on fire');
      },
    ],
    [
      'rejects',
      async function* () {
        yield* await Promise.reject<Uint8Array[]>(new Error('disk on fire'));
      },
    ],
  ])('gives 500 without the reason where the source %s', async (_, read) => {
    const { port } = await serve({}, sourceOf(read));

    const answer = await ask(port, '/metrics', { headers: { 'Accept-Encoding': 'gzip' } });

    expect(answer).toMatchObject({ status: 500, body: 'Internal Server Error\n' });
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect(log).toHaveLength(1);
  });

  it('answers also where the log throws', async () => {
    const server = await startScrapeServer(
      { port: 0 },
      sourceOf(() => {
        throw new Error('disk on fire');
      }),
      () => {
        throw new Error('no log');
      },
    );
    servers.push(server);

    expect((await ask(server.address.port)).status).toBe(500);
  });

  it('answers several at once, each whole', async () => {
    const { port } = await serve();

    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(port)));

    expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, () => EXPOSITION));
  });
});

describe('starting and closing', () => {
  it('rejects where the port is taken, naming the option and the port', async () => {
    const { port } = await serve();

    await expect(serve({ port })).rejects.toThrow(
      `server.port: can't listen on port ${port} of 127.0.0.1: the port is taken`,
    );
  });

  it('rejects where the host is none of this machine', async () => {
    await expect(serve({ host: '192.0.2.1' })).rejects.toThrow(/server\.port: .*192\.0\.2\.1/);
  });

  it('rejects where the certificate is none, without telling the key', async () => {
    const started = serve({ tls: { cert: 'x', key: 'the key' } });

    await expect(started).rejects.toThrow(/^server\.tls/);
    await expect(started).rejects.not.toThrow('the key');
  });

  it('lets a scrape in flight finish, takes no more, and ends at once for connections that wait', async () => {
    const collecting = gate();
    const { server, port } = await serve(
      {},
      pausing(() => collecting.passed),
    );
    const agent = new Agent({ keepAlive: true });
    const inFlight = await new Promise<IncomingMessage>((resolve) => {
      httpRequest({ port, host: '127.0.0.1', path: '/metrics', agent }, resolve).end();
    });
    const silent = connect(port, '127.0.0.1');
    const silentEnd = new Promise((resolve) => silent.on('close', resolve));
    silent.on('error', () => {});
    const idle = connect(port, '127.0.0.1', () => idle.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n'));
    const idleEnd = new Promise((resolve) => idle.on('close', resolve));
    await new Promise((resolve) => idle.once('data', resolve));

    const closed = server.close();
    const again = server.close();
    await idleEnd;
    await expect(ask(port)).rejects.toThrow('ECONNREFUSED');
    collecting.pass();

    expect(await text(inFlight)).toBe('a 1\nb 2\n');
    await Promise.all([closed, again, silentEnd]);
    agent.destroy();
  });

  it('closes the connection of a request that comes after', async () => {
    const first = gate();
    const { server, port } = await serve(
      {},
      pausing(() => first.passed),
    );
    const answers = talk(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2));
    await sleep(50);
    const closed = server.close();
    first.pass();
    await closed;

    expect(await answers).toMatch(/^HTTP\/1.1 200/);
  });
});
