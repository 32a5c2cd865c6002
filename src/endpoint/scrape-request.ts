import { timeLeftOf } from '../time-left.js';

const DEFAULT_SECONDS = 10;
const LEAST_MS = 50;
const MOST_MS = 600_000;

/**
 * Milliseconds that collectors have: what Prometheus says it waits for the whole scrape, in
 * `X-Prometheus-Scrape-Timeout-Seconds`, less half a second.
 */
export function collectTimeout(header: string | string[] | undefined): number {
  const seconds = typeof header === 'string' && /^\d+(\.\d+)?$/.test(header) ? Number(header) : 0;
  if (seconds === 0) {
    return DEFAULT_SECONDS * 1000;
  }
  const left = Math.max(timeLeftOf(seconds * 1000), LEAST_MS);
  return Math.round(Math.min(left, MOST_MS));
}

/** The values of `name[]` in a request's query, which restrict a scrape to them. */
export function namesIn(url: string | undefined): string[] {
  const query = url?.indexOf('?') ?? -1;
  return query === -1 ? [] : new URLSearchParams(url?.slice(query + 1)).getAll('name[]');
}

/** The path of a request, as it was sent; `undefined` where there is none (`OPTIONS *`). */
export function pathIn(url: string | undefined): string | undefined {
  if (url === undefined || url.startsWith('/')) {
    return url?.split('?', 1)[0];
  }
  // The absolute form, which proxies are sent, is to be accepted as well (RFC 9112, 3.2.2).
  return /^https?:/i.test(url) && URL.canParse(url) ? new URL(url).pathname : undefined;
}
