/** Batches that a hub takes one by one: the next is made and sent when this one was read. */
export class HandOver {
  /** Number of the last one. */
  batch = 0;
  #settle: (() => void) | undefined;

  /** Resolves when the hub has taken the next batch; after so long, in any case. */
  begin(ms: number): Promise<void> {
    this.end();
    this.batch++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end(), ms);
      this.#settle = () => {
        clearTimeout(timer);
        this.#settle = undefined;
        resolve();
      };
    });
  }

  taken(batch: number): void {
    if (batch === this.batch) {
      this.end();
    }
  }

  /** Nobody is waited for any longer. */
  end(): void {
    this.#settle?.();
  }
}
