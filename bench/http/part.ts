import { verdict } from '../lib/bar.js';
import { Child } from '../lib/child.js';
import { serverCore } from '../lib/cores.js';
import { spread } from '../lib/format.js';
import type { Effort, Part } from '../lib/part.js';
import { alternate } from '../lib/rounds.js';
import type { Table } from '../lib/table.js';
import { load, loaderName } from './load.js';
import { platforms, type Platform } from './platform.js';
import type { Served } from './serve.js';
import { variantsOf, type Variant } from './variants.js';

/** One server in one round. */
interface Asked {
  perSecond: number;
  /** Microseconds of CPU that the server took for a request. */
  cpu: number;
}

/** One variant in one round, and the bare app at the same time. */
interface Result {
  variant: Asked;
  bare: Asked;
}

/** Runs, each with new processes. */
const RUNS = 4;
/** Loads of a new server before the first round. Each scrape sets V8 back a little, the first one a lot. */
const WARM_UPS = 4;
const SERVE = new URL('serve.js', import.meta.url);

export const http: Part = {
  name: 'http',
  title: 'Requests',
  about: `\`GET /users/:id\` of a Nest app that answers with a small object, asked by ${loaderName} over 32 connections. Each variant is a server in a process of its own. They are measured by turns, each at the same time as the bare app: both servers share one core, so that what disturbs one disturbs the other, and each answers about half as often as it would alone. “Of bare” compares how many requests they answer in a second of CPU time. After each turn both are scraped, which the bare app answers with 404. All of it is run ${RUNS} times with new processes, since two of the same app differ by some percent.`,
  effort: { rounds: 6, seconds: 1, smoke: false },
  async run(effort) {
    const tables: Table[] = [];
    for (const platform of platforms) {
      tables.push(await measure(platform, effort));
    }
    return tables;
  },
};

async function measure(platform: Platform, effort: Effort): Promise<Table> {
  const [bare, ...variants] = variantsOf[platform] as [Variant, ...Variant[]];
  const results = new Map<Variant, Result[]>(variants.map((variant) => [variant, []]));
  for (let run = 0; run < (effort.smoke ? 1 : RUNS); run++) {
    for (const [variant, more] of await measureOnce(bare, variants, effort)) {
      results.get(variant)?.push(...more);
    }
  }
  return table(platform, bare, results);
}

async function measureOnce(
  bare: Variant,
  variants: readonly Variant[],
  { rounds, seconds }: Effort,
): Promise<Map<Variant, Result[]>> {
  const all = [bare, ...variants];
  const servers = new Map(all.map((variant) => [variant, new Child(SERVE, variant, [], serverCore)]));
  const addresses = new Map<Variant, Served>();
  const scrape = (variant: Variant): Promise<void> =>
    checkThatItCounts(variant, addresses.get(variant) as Served);
  const ask = async (variant: Variant): Promise<Asked> =>
    askServer(servers.get(variant) as Child, addresses.get(variant) as Served, seconds);
  try {
    for (const [variant, server] of servers) {
      addresses.set(variant, await server.next<Served>());
    }
    for (const [variant, { url }] of addresses) {
      for (let i = 0; i < WARM_UPS; i++) {
        await load(url, seconds);
        await scrape(variant);
      }
    }
    return await alternate(variants, rounds, async (variant) => {
      const [besides, asked] = await Promise.all([ask(bare), ask(variant)]);
      await scrape(bare);
      await scrape(variant);
      return { variant: asked, bare: besides };
    });
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

async function askServer(server: Child, { url }: Served, seconds: number): Promise<Asked> {
  const before = await server.ask<NodeJS.CpuUsage>('cpu');
  const { perSecond, requests } = await load(url, seconds);
  const after = await server.ask<NodeJS.CpuUsage>('cpu');
  return { perSecond, cpu: (after.user + after.system - before.user - before.system) / requests };
}

async function checkThatItCounts({ name, counted }: Variant, { metricsUrl }: Served): Promise<void> {
  const text = await (await fetch(metricsUrl)).text();
  if (counted !== undefined && !counted.test(text)) {
    throw new Error(`${name} did not count its requests:\n${text}`);
  }
}

function table(platform: Platform, bare: Variant, results: ReadonlyMap<Variant, readonly Result[]>): Table {
  const beside = [...results.values()].flat().map((result) => result.bare);
  return {
    title: `Nest on ${platform === 'express' ? 'Express' : 'Fastify'}`,
    words: 1,
    columns: ['variant', 'of bare', 'bar', 'µs of CPU a request', 'requests/s'],
    rows: [
      row(bare.name, '', '', beside),
      ...[...results].map(([{ name, bar }, both]) => {
        const share = both.map((result) => result.bare.cpu / result.variant.cpu);
        const asked = both.map((result) => result.variant);
        return row(name, spread(share, 3), verdict(share, bar), asked);
      }),
    ],
  };
}

function row(name: string, share: string, bar: string, asked: readonly Asked[]): string[] {
  const perSecond = asked.map((one) => one.perSecond);
  const cpu = asked.map((one) => one.cpu);
  return [name, share, bar, spread(cpu, 1), spread(perSecond)];
}
