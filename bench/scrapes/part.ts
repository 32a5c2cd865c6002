import type { Effort, Part } from '../lib/part.js';
import { alternate } from '../lib/rounds.js';
import { ScrapedServer, type Result } from './scraped-server.js';
import { tables, type Outcome } from './tables.js';
import { variantsOf, type ScrapeVariant } from './variants.js';

const SIZES = [100, 1_000, 10_000, 100_000];

export const scrapes: Part = {
  name: 'scrapes',
  title: 'Scrapes',
  about:
    'A histogram of 11 buckets and +Inf with three labels, 14 series a label set, each set with a route of its own. This library is scraped at the endpoint of a Nest app on Express, the others behind a bare `node:http` server. Each is a process of its own, scraped by turns over loopback from another one, while the others are held still. The event loop is watched by a `setImmediate` that is set again in each turn. The slow reader rests a millisecond after each chunk.',
  // Machines differ by half from one of its rounds to the next.
  effort: { rounds: 7, seconds: 0.5, smoke: false },
  async run(effort) {
    const outcomes: Outcome[] = [];
    for (const sets of effort.smoke ? SIZES.slice(0, 2) : SIZES) {
      outcomes.push(...(await measure(variantsOf(sets), effort)));
    }
    return tables(outcomes);
  },
};

async function measure(variants: readonly ScrapeVariant[], { rounds, seconds }: Effort): Promise<Outcome[]> {
  const servers = new Map<ScrapeVariant, ScrapedServer>();
  const failures = new Map<ScrapeVariant, string>();
  // A library that is at the end of its memory or its time takes no part in further rounds.
  const attempt = async <T>(variant: ScrapeVariant, run: () => Promise<T>): Promise<T | undefined> => {
    try {
      return failures.has(variant) ? undefined : await run();
    } catch (error) {
      process.stderr.write(`${variant.name}: ${String(error)}\n`);
      failures.set(variant, 'failed');
      await servers.get(variant)?.stop();
      return undefined;
    }
  };
  for (const variant of variants) {
    const server = await attempt(variant, () => ScrapedServer.start(variant));
    if (server) {
      servers.set(variant, server);
    }
  }
  const results = await alternate(variants, rounds, (variant) =>
    attempt<Result | undefined>(variant, async () => servers.get(variant)?.measure(seconds)),
  );
  await Promise.all([...servers.values()].map((server) => server.stop()));
  return variants.map((variant) => {
    const failure = failures.get(variant);
    return {
      variant,
      results: (results.get(variant) ?? []).filter((result) => result !== undefined),
      ...(failure !== undefined && { failure }),
    };
  });
}
