/**
 * Finds the longest time for which the event loop came to nothing else: the greatest distance of two turns
 * of a `setImmediate` that is set again in each turn. Unlike `monitorEventLoopDelay`, which looks every
 * millisecond at best, it misses nothing; it keeps the loop busy, so it runs in scrapes of its own.
 */
export class BlockProbe {
  #longest = 0;
  #last = 0;
  #running = false;

  start(): void {
    this.#longest = 0;
    this.#last = performance.now();
    this.#running = true;
    setImmediate(this.#turn);
  }

  /** Milliseconds. */
  stop(): number {
    this.#running = false;
    return this.#longest;
  }

  #turn = (): void => {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
    if (this.#running) {
      setImmediate(this.#turn);
    }
  };
}
