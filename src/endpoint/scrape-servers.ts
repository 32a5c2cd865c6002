import { startScrapeServer, type ScrapeServer } from './scrape-server.js';
import type { ScrapeServerOptions } from './scrape-server.options.js';
import type { ScrapeLog, ScrapeSource } from './scrape-source.js';

/** The servers for scrapes that one app has. */
export class ScrapeServers {
  private readonly started = new Set<ScrapeServer>();

  constructor(
    private readonly source: ScrapeSource,
    private readonly log: ScrapeLog,
  ) {}

  async start(options: ScrapeServerOptions): Promise<ScrapeServer> {
    const server = await startScrapeServer(options, this.source, this.log);
    this.started.add(server);
    return server;
  }

  /** Starts all or none. */
  async startAll(options: readonly ScrapeServerOptions[]): Promise<void> {
    try {
      for (const one of options) {
        await this.start(one);
      }
    } catch (error) {
      await this.closeAll();
      throw error;
    }
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.started].map((server) => server.close()));
    this.started.clear();
  }
}
