import { setTimeout as wait } from 'node:timers/promises';
import { Child } from '../lib/child.js';
import { median } from '../lib/statistics.js';
import { slowestPing } from './ping.js';
import { countSamples } from './scrape.js';
import type { Served } from './serve.js';
import { SERIES_PER_SET, type ScrapeVariant } from './variants.js';

const SERVE = new URL('serve.js', import.meta.url);
const SCRAPER = new URL('scraper.js', import.meta.url);
/** For what a process has put off until nobody asks it anything. */
const SETTLE_MS = 300;
const NODE_OPTIONS = ['--expose-gc', '--max-old-space-size=4096'];

/** One variant in one round: milliseconds, bytes. */
export interface Result {
  total: number;
  block: number;
  ping: number;
  resident: number;
  kept: number;
  bytesPerSet: number;
}

/**
 * A variant's server, and the scrapes of one round. It is held still until its turn comes and after it: one that has
 * just made a hundred megabytes of garbage collects them on both cores, while another is measured.
 */
export class ScrapedServer {
  readonly #server: Child;
  readonly #served: Served;
  readonly #scraper: Child;

  private constructor(variant: ScrapeVariant, server: Child, served: Served) {
    this.#server = server;
    this.#served = served;
    this.#scraper = new Child(SCRAPER, { origin: served.origin, gzip: variant.gzip });
  }

  static async start(variant: ScrapeVariant): Promise<ScrapedServer> {
    const server = new Child(SERVE, variant, NODE_OPTIONS);
    const served = await server.next<Served>();
    const samples = await countSamples(served.origin);
    if (samples !== variant.sets * SERIES_PER_SET) {
      throw new Error(`${variant.name} exposes ${samples} samples of ${variant.sets} label sets`);
    }
    const scraped = new ScrapedServer(variant, server, served);
    await scraped.#scraper.next();
    scraped.#pause();
    return scraped;
  }

  /** Each figure is taken in scrapes of its own. */
  async measure(seconds: number): Promise<Result> {
    this.#server.resume();
    this.#scraper.resume();
    await wait(SETTLE_MS);
    try {
      return await this.#figures(seconds);
    } finally {
      this.#pause();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#server.stop(), this.#scraper.stop()]);
  }

  #pause(): void {
    this.#server.pause();
    this.#scraper.pause();
  }

  async #figures(seconds: number): Promise<Result> {
    const scrape = (): Promise<number> => this.#scraper.ask('scrape');
    const scrapeSlowly = (): Promise<unknown> => this.#scraper.ask('scrapeSlowly');
    return {
      total: await this.#many(seconds, scrape),
      block: await this.#many(seconds, () => this.#watch('Block', scrape)),
      ping: await this.#many(seconds, () => slowestPing(this.#served.origin, scrape())),
      resident: await this.#watch('Resident', scrapeSlowly),
      kept: await this.#watch('Kept', scrapeSlowly),
      bytesPerSet: this.#served.bytesPerSet,
    };
  }

  /** What a probe in the server saw while something was done. */
  async #watch(probe: 'Block' | 'Resident' | 'Kept', run: () => Promise<unknown>): Promise<number> {
    await this.#server.ask(`start${probe}`);
    await run();
    return this.#server.ask<number>(probe === 'Block' ? 'stopBlock' : 'stopMemory');
  }

  /** The median of as many scrapes as there is time for, one at least. */
  async #many(seconds: number, take: () => Promise<number>): Promise<number> {
    const figures: number[] = [];
    for (const end = performance.now() + seconds * 1000; figures.length === 0 || performance.now() < end;) {
      figures.push(await take());
    }
    return median(figures);
  }
}
