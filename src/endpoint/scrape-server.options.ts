import type { Authorize } from './authorize.js';

/** An HTTP(S) server of its own that answers scrapes. */
export interface ScrapeServerOptions {
  /** 0: any that is free. */
  port: number;
  /** Default: `'0.0.0.0'`. */
  host?: string;
  /** Answers at exactly this path; all others get 404. Default: `'/metrics'`. */
  path?: string;
  /** PEM; with it the server speaks HTTPS. */
  tls?: { cert: string | Buffer; key: string | Buffer; ca?: string | Buffer; passphrase?: string };
  /** Decides whether a request may scrape; anything but `true` is answered with 401. */
  authorize?: Authorize;
  /** Compress where the scraper accepts it. Default: true. */
  gzip?: boolean;
}
