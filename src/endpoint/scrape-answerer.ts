import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { acceptsGzip } from './accept-encoding.js';
import { challengeOf, type Authorize, type ScrapeRequest } from './authorize.js';
import { BodyWriter } from './body-writer.js';
import { copyBody } from './copy-body.js';
import { HangUp } from './hang-up.js';
import { addVary, dropBodyHeaders } from './response-headers.js';
import { collectTimeout, namesIn } from './scrape-request.js';
import type { ScrapeLog, ScrapeSource } from './scrape-source.js';

export interface ScrapeAnswererOptions {
  readonly source: ScrapeSource;
  readonly authorize?: Authorize | undefined;
  /** Default: true. */
  readonly gzip?: boolean | undefined;
  /** Default: a warning of the process. */
  readonly log?: ScrapeLog | undefined;
}

/** An `authorize` function that has not decided by then has not admitted the request. */
const AUTHORIZE_MS = 10_000;

/**
 * Answers scrapes on Node's own request and response: 401 unless authorized, else the metrics in the
 * format and encoding that the scraper asks for, streamed.
 *
 * A failure before the head is sent gives 500 without a word about it, one after it cuts the connection:
 * a body that is not whole never looks as if it were.
 */
export class ScrapeAnswerer {
  private inFlight = 0;
  private whenIdle: (() => void) | undefined;
  private closed: Promise<void> | undefined;
  private refusalLogged = false;

  constructor(private readonly options: ScrapeAnswererOptions) {}

  /**
   * Settles when the response is over; never rejects.
   * @param seen What `authorize` is given; Node's request if left out.
   */
  async answer(request: IncomingMessage, response: ServerResponse, seen: object = request): Promise<void> {
    if (response.headersSent || response.writableEnded) {
      return;
    }
    this.inFlight += 1;
    const hangUp = new HangUp(request, response);
    try {
      if (await this.isAuthorized(seen, hangUp)) {
        await this.send(request, response, hangUp);
      } else {
        await this.refuse(response, hangUp);
      }
    } catch (error) {
      await this.fail(response, hangUp, error);
    } finally {
      hangUp.forget();
      this.inFlight -= 1;
      if (this.closed !== undefined) {
        closeIdleConnections(request);
        this.checkIdle();
      }
    }
  }

  /** From now on connections are closed after the scrape they carry. Resolves when none is in flight. */
  close(): Promise<void> {
    this.closed ??= new Promise((resolve) => {
      this.whenIdle = resolve;
      this.checkIdle();
    });
    return this.closed;
  }

  private checkIdle(): void {
    if (this.inFlight === 0) {
      this.whenIdle?.();
    }
  }

  private async isAuthorized(seen: object, hangUp: HangUp): Promise<boolean> {
    const { authorize } = this.options;
    if (authorize === undefined) {
      return true;
    }
    let answer: unknown;
    try {
      answer = await hangUp.wait(Promise.resolve(authorize(seen as ScrapeRequest)), AUTHORIZE_MS);
    } catch {
      if (!this.refusalLogged && !hangUp.signal.aborted) {
        this.refusalLogged = true;
        // Without the error itself: it may hold what the scraper sent, and that may be nearly the secret.
        this.log('The function "authorize" failed, so scrapes are refused');
      }
    }
    return answer === true;
  }

  private async send(request: IncomingMessage, response: ServerResponse, hangUp: HangUp): Promise<void> {
    const { headers, method, url } = request;
    const gzip = this.options.gzip !== false;
    const packed = gzip && acceptsGzip(String(headers['accept-encoding'] ?? ''));
    const contentType = this.options.source.contentType(headers.accept);
    const writeHead = (): BodyWriter => {
      this.writeHead(response, 200, contentType);
      addVary(response, gzip ? ['Accept', 'Accept-Encoding'] : ['Accept']);
      if (packed) {
        response.setHeader('Content-Encoding', 'gzip');
      }
      return new BodyWriter(response, hangUp, packed && method !== 'HEAD');
    };
    if (method === 'HEAD') {
      await writeHead().end();
      return;
    }
    const query = {
      accept: headers.accept,
      names: namesIn(url),
      timeoutMs: collectTimeout(headers['x-prometheus-scrape-timeout-seconds']),
      signal: hangUp.signal,
    };
    await copyBody(this.options.source.read(query), writeHead, hangUp);
  }

  private async refuse(response: ServerResponse, hangUp: HangUp): Promise<void> {
    if (this.options.authorize) {
      response.setHeader('WWW-Authenticate', challengeOf(this.options.authorize));
    }
    await this.say(response, hangUp, 401, 'Unauthorized\n');
  }

  private async fail(response: ServerResponse, hangUp: HangUp, error: unknown): Promise<void> {
    if (hangUp.signal.aborted) {
      return;
    }
    this.log('A scrape could not be answered', error);
    if (response.headersSent) {
      response.destroy();
    } else {
      await this.say(response, hangUp, 500, 'Internal Server Error\n').catch(() => response.destroy());
    }
  }

  private async say(response: ServerResponse, hangUp: HangUp, status: number, text: string): Promise<void> {
    if (!hangUp.signal.aborted) {
      this.writeHead(response, status, 'text/plain; charset=utf-8');
      await new BodyWriter(response, hangUp, false).end(text);
    }
  }

  private writeHead(response: ServerResponse, status: number, contentType: string): void {
    response.statusCode = status;
    dropBodyHeaders(response);
    response.setHeader('Content-Type', contentType);
    if (this.closed !== undefined) {
      response.shouldKeepAlive = false;
    }
  }

  private log(message: string, error?: unknown): void {
    const { log = warn } = this.options;
    try {
      log(message, error);
    } catch {
      // A logger that fails is no reason to leave a scrape without an answer.
    }
  }
}

/** A server that is being closed closes the connections that are idle then, not those that become so later. */
function closeIdleConnections(request: IncomingMessage): void {
  // HTTP/2 has sessions for that, which the framework ends.
  if (request.httpVersionMajor === 1) {
    const { server } = request.socket as { server?: Partial<Server> };
    setImmediate(() => server?.closeIdleConnections?.());
  }
}

function warn(message: string, error?: unknown): void {
  process.emitWarning(error === undefined ? message : `${message}: ${String(error)}`, 'MetricsWarning');
}
