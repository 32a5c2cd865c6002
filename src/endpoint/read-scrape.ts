import type { ScrapeSource } from './scrape-source.js';

/** Milliseconds that collectors have where no scraper says how long it waits. */
const COLLECT_MS = 5000;

/** All that a scrape would get, as one string. */
export async function readScrape(
  source: ScrapeSource,
  { accept, names = [] }: { accept?: string; names?: readonly string[] },
): Promise<{ contentType: string; body: string }> {
  const { signal } = new AbortController();
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read({ accept, names, timeoutMs: COLLECT_MS, signal })) {
    chunks.push(chunk);
  }
  return { contentType: source.contentType(accept), body: Buffer.concat(chunks).toString('utf8') };
}
