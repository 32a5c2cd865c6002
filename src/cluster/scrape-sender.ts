type Say = (kind: 'chunk' | 'end' | 'fail', text: string) => void;

/** Hands an exposition to a member, a chunk each time the member has taken the one before. */
export class ScrapeSender {
  readonly #abort = new AbortController();
  #next: (() => void) | undefined;

  constructor(
    private readonly read: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
    private readonly say: Say,
  ) {}

  async run(): Promise<void> {
    const { signal } = this.#abort;
    try {
      for await (const chunk of this.read(signal)) {
        const taken = new Promise<void>((resolve) => {
          this.#next = resolve;
        });
        this.say('chunk', Buffer.from(chunk).toString('utf8'));
        await taken;
        signal.throwIfAborted();
      }
      this.say('end', '');
    } catch {
      this.say('fail', '');
    }
  }

  next(): void {
    this.#next?.();
  }

  stop(): void {
    this.#abort.abort();
    this.#next?.();
  }
}
