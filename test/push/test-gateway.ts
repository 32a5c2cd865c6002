import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (response: ServerResponse, received: Received) => void;

const open = new Set<TestGateway>();

/** Ends all gateways that tests have started. */
export async function stopGateways(): Promise<void> {
  await Promise.all([...open].map((gateway) => gateway.stop()));
}

/** A server that keeps what it is sent, and answers as it is told. */
export class TestGateway {
  readonly received: Received[] = [];
  answer: Answer = (response) => response.end();
  /** Requests that have no answer yet, and the most there ever were. */
  open = 0;
  mostOpen = 0;
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {
    server.on('request', (request, response) => {
      this.open += 1;
      this.mostOpen = Math.max(this.mostOpen, this.open);
      response.once('close', () => (this.open -= 1));
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (part: string) => (body += part));
      request.on('end', () => {
        const { method = '', url: path = '', headers } = request;
        const received = { method, path, headers, body };
        this.received.push(received);
        this.answer(response, received);
        this.waiting.forEach((look) => look());
      });
    });
    open.add(this);
  }

  static async start(port = 0): Promise<TestGateway> {
    // Longer than any test: connections end only when the client ends them.
    const server = createServer({ keepAliveTimeout: 600_000 });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
    return new TestGateway(server, (server.address() as AddressInfo).port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get last(): Received {
    const last = this.received.at(-1);
    if (!last) {
      throw new Error('the gateway has received nothing');
    }
    return last;
  }

  /** What was sent, as `PUT /metrics/job/x`. */
  get lines(): string[] {
    return this.received.map(({ method, path }) => `${method} ${path}`);
  }

  /** Resolves when so many requests have come in all. */
  async until(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.received.length >= count) {
          this.waiting.delete(look);
          resolve();
        }
      };
      this.waiting.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    open.delete(this);
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}
