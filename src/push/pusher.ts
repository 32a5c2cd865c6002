import type { ScrapeSource } from '../endpoint/scrape-source.js';
import type { ResolvedPushOptions } from '../options/resolved-options.js';
import { Gateway, type GatewayBody, type GatewayMethod } from './gateway.js';
import { PushError } from './push-error.js';
import { PushQueue } from './push-queue.js';

/** Collectors have as long as in a scrape, and never all the time that a push has. */
const COLLECT_MS = 5000;

/** Sends what a text scrape would give, or deletes it, one request at a time. */
export class Pusher {
  private readonly gateway: Gateway;
  private readonly queue = new PushQueue();

  constructor(
    readonly options: ResolvedPushOptions,
    private readonly source: ScrapeSource,
  ) {
    this.gateway = new Gateway(options);
  }

  get isIdle(): boolean {
    return this.queue.isIdle;
  }

  /**
   * @param timeout Milliseconds, from when its turn has come.
   * @throws PushError in any case of failure.
   */
  send(method: GatewayMethod, timeout = this.options.timeout): Promise<void> {
    return this.queue.add(method, (controller) => this.take(method, timeout, controller));
  }

  /** Waits so long for pushes under way, then gives them up. */
  settle(milliseconds: number): Promise<void> {
    return this.queue.settle(milliseconds, () => this.givenUp('since the app is closed'));
  }

  private async take(method: GatewayMethod, timeout: number, controller: AbortController): Promise<void> {
    const { signal } = controller;
    const giveUp = (): void => controller.abort(this.givenUp(`after ${Math.round(timeout)} ms`));
    const timer = setTimeout(giveUp, timeout);
    try {
      const body = method === 'DELETE' ? undefined : await this.collect(timeout, signal);
      await this.gateway.send(method, body, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * All of it before any is sent: the request then has a length, which every proxy takes, and metrics that
   * can't be collected leave what the gateway has as it is.
   */
  private async collect(timeout: number, signal: AbortSignal): Promise<GatewayBody> {
    const query = { accept: undefined, names: [], timeoutMs: Math.min(timeout / 2, COLLECT_MS), signal };
    const parts: Blob[] = [];
    try {
      for await (const chunk of this.source.read(query)) {
        // Copied one by one: joined at the end, 10 MB would block the event loop for some milliseconds.
        parts.push(new Blob([chunk]));
      }
    } catch (cause) {
      signal.throwIfAborted();
      throw new PushError('the metrics could not be collected', { cause });
    }
    return { contentType: this.source.contentType(undefined), content: new Blob(parts) };
  }

  private givenUp(why: string): PushError {
    return new PushError(`the request to the Pushgateway ${this.gateway.url} was given up ${why}`);
  }
}
