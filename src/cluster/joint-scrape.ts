/** The hub's answer to a member's scrape, chunk by chunk: the next one is sent when this one was taken. */
export class JointScrape {
  #chunk: string | undefined;
  #state: 'open' | 'ended' | 'failed' = 'open';
  #wake: (() => void) | undefined;

  constructor(private readonly say: (kind: 'next' | 'stop') => void) {}

  push(text: string): void {
    this.#chunk = text;
    this.#wake?.();
  }

  end(hasFailed: boolean): void {
    this.#state = hasFailed ? 'failed' : 'ended';
    this.#wake?.();
  }

  /** Whether an answer begins within so long. */
  async begins(ms: number, signal: AbortSignal): Promise<boolean> {
    await this.#wait(ms, signal);
    if (this.#chunk === undefined && this.#state !== 'ended') {
      this.say('stop');
      return false;
    }
    return true;
  }

  async *read(ms: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunk;
        if (chunk !== undefined) {
          this.#chunk = undefined;
          yield Buffer.from(chunk);
          this.say('next');
        } else if (this.#state === 'open') {
          if (!(await this.#wait(ms, signal))) {
            throw new Error('The primary stopped in the middle of a scrape');
          }
        } else if (this.#state === 'failed') {
          throw new Error('The primary could not finish a scrape');
        } else {
          return;
        }
      }
    } finally {
      if (this.#state === 'open') {
        this.say('stop');
      }
    }
  }

  /** False where nothing came. */
  #wait(ms: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#chunk !== undefined || this.#state !== 'open' || signal.aborted) {
        resolve(!signal.aborted);
        return;
      }
      const done = (came: boolean) => (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', none);
        this.#wake = undefined;
        resolve(came);
      };
      const none = done(false);
      const timer = setTimeout(none, ms);
      signal.addEventListener('abort', none);
      this.#wake = done(true);
    });
  }
}
