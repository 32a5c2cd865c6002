import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { HangUp } from './hang-up.js';

/** A scraper that reads nothing for this long has left, whatever its connection says. */
const STALLED_MS = 60_000;

/** Writes the body of a response, as fast as it is read. */
export class BodyWriter {
  private readonly target: Writable;
  private wake: (() => void) | undefined;
  private failure: Error | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly hangUp: HangUp,
    gzip: boolean,
  ) {
    // Level 1 is several times as fast as the default, on text that repeats itself as much as this.
    const packed = gzip ? createGzip({ level: constants.Z_BEST_SPEED }) : undefined;
    packed?.pipe(response);
    this.target = packed ?? response;
    // One listener for all waits: `once` on a response that the compression middleware dressed is not
    // taken off again.
    this.target.on('drain', () => this.wake?.());
    for (const stream of new Set([this.target, response])) {
      stream.on('error', (error) => {
        this.failure ??= error;
        this.wake?.();
      });
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (!this.target.write(chunk)) {
      await this.woken(new Promise((resolve) => (this.wake = resolve)));
    }
  }

  /** Resolves when everything has been handed to the connection. */
  async end(text?: string): Promise<void> {
    const finished = new Promise<void>((resolve) => {
      this.wake = resolve;
      this.response.on('finish', resolve);
    });
    this.target.end(text);
    await this.woken(finished);
  }

  /** Cuts the response off, so that what was sent of it does not look whole. */
  destroy(): void {
    this.target.destroy();
    this.response.destroy();
  }

  private async woken(event: Promise<void>): Promise<void> {
    await this.hangUp.wait(event, STALLED_MS);
    if (this.failure) {
      throw this.failure;
    }
  }
}
