/** What one scrape asks for. */
export interface ScrapeQuery {
  /** The header `Accept`. */
  readonly accept: string | undefined;
  /** Names of metrics or samples; none: everything. */
  readonly names: readonly string[];
  /** Milliseconds for collectors to answer in. */
  readonly timeoutMs: number;
  /** Aborted when the scraper has hung up. */
  readonly signal: AbortSignal;
}

/** Where the metrics of a scrape come from. */
export interface ScrapeSource {
  /** The `Content-Type` that a scrape with this header `Accept` gets. */
  contentType(accept: string | undefined): string;
  /** Collects as it is read. Where it throws, nothing that looks whole is sent. */
  read(query: ScrapeQuery): AsyncIterable<Uint8Array>;
}

/** Hears of scrapes that could not be answered. */
export type ScrapeLog = (message: string, error?: unknown) => void;
