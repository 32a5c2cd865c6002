import type { IncomingMessage, ServerResponse } from 'node:http';
import { markAsEndpoint } from '../http/request-record.js';
import { ScrapeAnswerer, type ScrapeAnswererOptions } from './scrape-answerer.js';

interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): void;
  getHeaders(): Record<string, number | string | string[] | undefined>;
}

/** The endpoint in one app: answers scrapes on what the app's HTTP adapter gives to handlers. */
export class MetricsEndpoint {
  private readonly answerer: ScrapeAnswerer;

  constructor(options: ScrapeAnswererOptions) {
    this.answerer = new ScrapeAnswerer(options);
  }

  /** Takes over the response from the framework. */
  answer(request: object, response: object): void {
    markAsEndpoint(request);
    const { raw = request } = request as { raw?: object };
    void this.answerer.answer(raw as IncomingMessage, takeOver(response), request);
  }

  /** To be called when the app shuts down: scrapes in flight then end with their connections. */
  close(): Promise<void> {
    return this.answerer.close();
  }
}

/** Node's response, with the headers that others have set on the framework's. */
function takeOver(response: object): ServerResponse {
  const reply = response as FastifyReply;
  if (typeof reply.hijack !== 'function') {
    const { raw = response } = response as { raw?: object };
    return raw as ServerResponse;
  }
  const headers = reply.getHeaders();
  reply.hijack();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !reply.raw.headersSent) {
      reply.raw.setHeader(name, value);
    }
  }
  return reply.raw;
}
