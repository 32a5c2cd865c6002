import type { IncomingMessage, ServerResponse } from 'node:http';

/** Tells when a scraper has left before it was answered. */
export class HangUp {
  private readonly controller = new AbortController();
  readonly signal: AbortSignal = this.controller.signal;
  /** What the waits hear of it by: listeners of a signal cost a long scrape more than all else that it waits for. */
  private readonly leaving = new Set<() => void>();
  private readonly abort = (): void => {
    this.controller.abort();
    this.leaving.forEach((leave) => leave());
  };

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    response.on('close', this.abort);
    // A response that waits behind others on its connection never closes when the connection does.
    this.socket?.on('close', this.abort);
    if (response.destroyed || this.socket?.destroyed) {
      this.abort();
    }
  }

  /** Ends the watch: connections outlive their requests. */
  forget(): void {
    this.response.removeListener('close', this.abort);
    this.socket?.removeListener('close', this.abort);
  }

  /** The promise's outcome; rejects as soon as the scraper has left, or after that many milliseconds. */
  wait<T>(promise: PromiseLike<T>, timeoutMs?: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.leaving.delete(leave);
      };
      const leave = (): void => {
        end();
        reject(this.signal.reason ?? new Error(`Nothing happened for ${timeoutMs} ms`));
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(leave, timeoutMs);
      this.leaving.add(leave);
      Promise.resolve(promise).finally(end).then(resolve, reject);
      if (this.signal.aborted) {
        leave();
      }
    });
  }

  /** HTTP/2 multiplexes: there, a response's own `close` is enough, and the socket is a proxy. */
  private get socket(): IncomingMessage['socket'] | undefined {
    return this.request.httpVersionMajor === 1 ? this.request.socket : undefined;
  }
}
