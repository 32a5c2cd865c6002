import { kept } from './fill.js';

const SAMPLE_MS = 5;
const COLLECT_MS = 250;

/** Memory that a scrape takes beyond what was there before it, at its peak. */
export class MemoryProbe {
  #timer: NodeJS.Timeout | undefined;
  #before = 0;
  #peak = 0;
  #sample = resident;

  /** The process's resident memory, with all garbage in it. */
  startResident(): void {
    this.#start(resident, SAMPLE_MS);
  }

  /** What is in use, found by a garbage collection each time. */
  startKept(): void {
    this.#start(kept, COLLECT_MS);
  }

  /** Bytes. */
  stop(): number {
    clearInterval(this.#timer);
    this.#take();
    return this.#peak - this.#before;
  }

  #start(sample: () => number, everyMs: number): void {
    kept();
    this.#sample = sample;
    this.#before = sample();
    this.#peak = this.#before;
    this.#timer = setInterval(() => this.#take(), everyMs);
  }

  #take(): void {
    this.#peak = Math.max(this.#peak, this.#sample());
  }
}

function resident(): number {
  return process.memoryUsage.rss();
}
