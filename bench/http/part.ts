import { verdict } from '../lib/bar.js';
import { Child } from '../lib/child.js';
import { spread } from '../lib/format.js';
import type { Effort, Part } from '../lib/part.js';
import { alternate } from '../lib/rounds.js';
import { ratios } from '../lib/statistics.js';
import type { Table } from '../lib/table.js';
import { load, loaderName } from './load.js';
import { platforms, type Platform } from './platform.js';
import type { Served } from './serve.js';
import { variantsOf, type Variant } from './variants.js';

/** One variant in one round. */
interface Result {
  perSecond: number;
  /** Microseconds of CPU that the server took for a request. */
  cpu: number;
}

/** Runs, each with new processes. */
const RUNS = 3;
/** How much longer than a round a new process is asked before the first. */
const WARM_UP = 2;
const SERVE = new URL('serve.js', import.meta.url);

export const http: Part = {
  name: 'http',
  title: 'Requests',
  about: `\`GET /users/:id\` of a Nest app that answers with a small object, asked by ${loaderName} over 32 connections. Each variant is a server in a process of its own; they are measured by turns, and each is compared with the bare app of the same round. All of it is run three times with new processes, since two of the same app differ by some percent.`,
  effort: { rounds: 8, seconds: 1, smoke: false },
  async run(effort) {
    const tables: Table[] = [];
    for (const platform of platforms) {
      tables.push(await measure(platform, effort));
    }
    return tables;
  },
};

async function measure(platform: Platform, effort: Effort): Promise<Table> {
  const variants = variantsOf[platform];
  const results = new Map<Variant, Result[]>(variants.map((variant) => [variant, []]));
  for (let run = 0; run < (effort.smoke ? 1 : RUNS); run++) {
    for (const [variant, more] of await measureOnce(variants, effort)) {
      results.get(variant)?.push(...more);
    }
  }
  return table(platform, variants, (variant) => results.get(variant) ?? []);
}

async function measureOnce(
  variants: readonly Variant[],
  { rounds, seconds }: Effort,
): Promise<Map<Variant, Result[]>> {
  const servers = new Map(variants.map((variant) => [variant, new Child(SERVE, variant)]));
  const addresses = new Map<Variant, Served>();
  try {
    for (const [variant, server] of servers) {
      const address = await server.next<Served>();
      addresses.set(variant, address);
      await load(address.url, WARM_UP * seconds);
    }
    return await alternate(variants, rounds, async (variant) => {
      const [server, address] = [servers.get(variant) as Child, addresses.get(variant) as Served];
      const result = await ask(server, address, seconds);
      await checkThatItCounts(variant, address);
      return result;
    });
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

async function ask(server: Child, { url }: Served, seconds: number): Promise<Result> {
  const before = await server.ask<NodeJS.CpuUsage>('cpu');
  const { perSecond, requests } = await load(url, seconds);
  const after = await server.ask<NodeJS.CpuUsage>('cpu');
  return { perSecond, cpu: (after.user + after.system - before.user - before.system) / requests };
}

async function checkThatItCounts({ name, counted }: Variant, { metricsUrl }: Served): Promise<void> {
  if (counted === undefined) {
    return;
  }
  const text = await (await fetch(metricsUrl)).text();
  if (!counted.test(text)) {
    throw new Error(`${name} did not count its requests:\n${text}`);
  }
}

function table(
  platform: Platform,
  variants: readonly Variant[],
  resultsOf: (variant: Variant) => readonly Result[],
): Table {
  const [bare] = variants as [Variant];
  const perSecond = (variant: Variant) => resultsOf(variant).map((result) => result.perSecond);
  const cpu = (variant: Variant) => resultsOf(variant).map((result) => result.cpu);
  return {
    title: `Nest on ${platform === 'express' ? 'Express' : 'Fastify'}`,
    words: 1,
    columns: ['variant', 'requests/s', 'of bare', 'bar', 'µs of CPU a request'],
    rows: variants.map((variant) => {
      const share = ratios(perSecond(variant), perSecond(bare));
      return [
        variant.name,
        spread(perSecond(variant)),
        variant === bare ? '' : spread(share, 3),
        verdict(share, variant.bar),
        spread(cpu(variant), 1),
      ];
    }),
  };
}
