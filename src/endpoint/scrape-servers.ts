import { startScrapeServer, type ScrapeServer } from './scrape-server.js';
import type { ScrapeServerOptions } from './scrape-server.options.js';
import type { ScrapeLog, ScrapeSource } from './scrape-source.js';

/** The servers for scrapes that one app has. */
export class ScrapeServers {
  private readonly started = new Set<ScrapeServer>();
  private isOver = false;

  constructor(
    private readonly source: ScrapeSource,
    private readonly log: ScrapeLog,
  ) {}

  /** Rejects where the port is taken, and after `end()`, since nobody would close the server. */
  async start(options: ScrapeServerOptions): Promise<ScrapeServer> {
    this.refuseAfterEnd();
    const server = await startScrapeServer(options, this.source, this.log);
    this.started.add(server);
    if (this.isOver) {
      await this.closeAll();
    }
    this.refuseAfterEnd();
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

  /** Closes all, for good. */
  async end(): Promise<void> {
    this.isOver = true;
    await this.closeAll();
  }

  private refuseAfterEnd(): void {
    if (this.isOver) {
      throw new Error('MetricsModule: the app is closed, and starts no more servers');
    }
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.started].map((server) => server.close()));
    this.started.clear();
  }
}
