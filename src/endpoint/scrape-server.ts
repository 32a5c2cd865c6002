import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { ScrapeAnswerer } from './scrape-answerer.js';
import { pathIn } from './scrape-request.js';
import type { ScrapeServerOptions } from './scrape-server.options.js';
import type { ScrapeLog, ScrapeSource } from './scrape-source.js';

/** A server that answers scrapes, and nothing else. */
export interface ScrapeServer {
  /** Where it listens; `address.port` tells the port that 0 gave. */
  readonly address: AddressInfo;
  /** Lets scrapes in flight finish, takes no more, and resolves when all connections are gone. */
  close(): Promise<void>;
}

/** Scrapes come every 15 to 60 seconds, and a connection that waits for the next one costs little. */
const KEEP_ALIVE_MS = 65_000;
/** A scrape has no body, so that its request is there at once. */
const REQUEST_MS = 10_000;
/** For scrapes in flight when the server is closed: half of what Docker gives a process to end in. */
const GRACE_MS = 5_000;

/**
 * Starts a server of its own for scrapes.
 * @throws Error that names `server.port` and the port where it can't listen, `server.tls` where the
 * certificate can't be used.
 */
export async function startScrapeServer(
  options: ScrapeServerOptions,
  source: ScrapeSource,
  log?: ScrapeLog,
): Promise<ScrapeServer> {
  const { authorize, gzip } = options;
  const answerer = new ScrapeAnswerer({ source, authorize, gzip, log });
  const server = makeServer(options, listener(options.path ?? '/metrics', answerer));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const address = await listen(server, options);
  server.on('error', (error) => log?.('The server for scrapes had an error', error));
  let closed: Promise<void> | undefined;
  return { address, close: () => (closed ??= close(server, sockets, answerer)) };
}

function listener(path: string, answerer: ScrapeAnswerer): RequestListener {
  return (request, response) => {
    if (pathIn(request.url) !== path) {
      say(response, 404, 'Not Found\n');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      say(response, 405, 'Method Not Allowed\n');
    } else {
      void answerer.answer(request, response);
    }
  };
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
}

function makeServer({ tls }: ScrapeServerOptions, answer: RequestListener): Server {
  const limits: ServerOptions = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: REQUEST_MS,
  };
  try {
    return tls ? createTlsServer({ ...limits, ...tls }, answer) : createServer(limits, answer);
  } catch (error) {
    throw new Error('server.tls: the certificate and key can not be used', { cause: error });
  }
}

function listen(server: Server, { port, host = '0.0.0.0' }: ScrapeServerOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(listenError(error, port, host));
    server.once('error', fail);
    try {
      server.listen({ port, host }, () => {
        server.removeListener('error', fail);
        resolve(server.address() as AddressInfo);
      });
    } catch (error) {
      fail(error);
    }
  });
}

function listenError(error: unknown, port: number, host: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === 'EADDRINUSE' ? 'the port is taken' : message;
  return new Error(`server.port: can't listen on port ${port} of ${host}: ${reason}`, { cause: error });
}

async function close(server: Server, sockets: ReadonlySet<Socket>, answerer: ScrapeAnswerer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const end = (): void => {
    for (const socket of sockets) {
      socket.destroy();
    }
  };
  const grace = setTimeout(end, GRACE_MS);
  // Node closes idle connections by itself, but counts a connection that has sent no request yet as busy.
  void answerer.close().then(() => setImmediate(end));
  await closed;
  clearTimeout(grace);
}
