const CHUNK_BYTES = 64 * 1024;
const MOST_BYTES_OF_A_CHAR = 3;

/** Gathers text into chunks of bytes. A chunk that was given away is never written to again. */
export class ChunkBuffer {
  #chunk = Buffer.alloc(0);
  #length = 0;

  /** Puts text behind what there is; gives the chunk it no longer fits into, if there is one. */
  add(text: string, isAscii: boolean): Uint8Array | undefined {
    const most = isAscii ? text.length : text.length * MOST_BYTES_OF_A_CHAR;
    let full: Uint8Array | undefined;
    if (this.#length + most > this.#chunk.length) {
      full = this.take();
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(most, CHUNK_BYTES));
    }
    // ASCII is the same in Latin 1, which is faster to write.
    this.#length += this.#chunk.write(text, this.#length, isAscii ? 'latin1' : 'utf8');
    return full;
  }

  /** What there is, if there is any. */
  take(): Uint8Array | undefined {
    const chunk = this.#length > 0 ? this.#chunk.subarray(0, this.#length) : undefined;
    this.#chunk = Buffer.alloc(0);
    this.#length = 0;
    return chunk;
  }
}
