import { verdict } from '../lib/bar.js';
import { Child } from '../lib/child.js';
import { serverCore } from '../lib/cores.js';
import { spread } from '../lib/format.js';
import type { Part } from '../lib/part.js';
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

/** One variant at one time, and the bare app at the same time. */
interface Pair {
  variant: Asked;
  bare: Asked;
}

/** One variant in one round. */
interface Result {
  started: Pair;
  rested: Pair;
}

/** Loads of new servers before they are measured. Each scrape sets V8 back a little, the first one a lot. */
const WARM_UPS = 4;
const WARM_UP_SECONDS = 1;
const SERVE = new URL('serve.js', import.meta.url);

export const http: Part = {
  name: 'http',
  title: 'Requests',
  about: `\`GET /users/:id\` of a Nest app that answers with a small object, asked by ${loaderName} over 32 connections. Each turn of a variant has two new servers, since two of the same app differ by some percent: the variant’s and a bare one. They are warmed up and scraped alike, which the bare app answers with 404, warmed up once more, and then measured at the same time on one core, so that what disturbs one disturbs the other: “just started”. Then both collect their garbage while nobody asks them, as every server does sooner or later, are warmed up, and measured once more: all other columns. Each answers about half as often as it would alone; “of bare” compares how many requests they answer in a second of CPU time.`,
  // Many short ones: two servers of the same app differ by more than one does from second to second.
  effort: { rounds: 7, seconds: 4, smoke: false },
  async run({ rounds, seconds, smoke }) {
    const tables: Table[] = [];
    for (const platform of platforms) {
      const [bare, ...variants] = variantsOf[platform] as [Variant, ...Variant[]];
      const results = await alternate(variants, rounds, (variant) =>
        measure(bare, variant, seconds, smoke ? 1 : WARM_UPS),
      );
      tables.push(table(platform, bare, results));
    }
    return tables;
  },
};

async function measure(bare: Variant, variant: Variant, seconds: number, warmUps: number): Promise<Result> {
  const both = [bare, variant].map((app) => ({
    app,
    server: new Child(SERVE, app, ['--expose-gc'], serverCore),
  }));
  try {
    const asked = await Promise.all(
      both.map(async ({ app, server }) => ({ app, server, address: await server.next<Served>() })),
    );
    const warmUp = (): Promise<unknown> =>
      Promise.all(asked.map(({ address }) => load(address.url, Math.min(seconds, WARM_UP_SECONDS))));
    for (let i = 0; i < warmUps; i++) {
      await warmUp();
      await Promise.all(asked.map(({ app, address }) => scrape(app, address)));
    }
    const measureBoth = async (): Promise<Pair> => {
      // Prometheus leaves a server in peace for most of the time as well.
      await warmUp();
      const [ofBare, ofVariant] = await Promise.all(
        asked.map(({ server, address }) => ask(server, address, seconds)),
      );
      return { bare: ofBare as Asked, variant: ofVariant as Asked };
    };
    const started = await measureBoth();
    await Promise.all(both.map(({ server }) => server.ask('rest')));
    return { started, rested: await measureBoth() };
  } finally {
    await Promise.all(both.map(({ server }) => server.stop()));
  }
}

async function ask(server: Child, { url }: Served, seconds: number): Promise<Asked> {
  const before = await server.ask<NodeJS.CpuUsage>('cpu');
  const { perSecond, requests } = await load(url, seconds);
  const after = await server.ask<NodeJS.CpuUsage>('cpu');
  return { perSecond, cpu: (after.user + after.system - before.user - before.system) / requests };
}

/** @throws Error where the variant has not counted its requests. */
async function scrape({ name, counted }: Variant, { metricsUrl }: Served): Promise<void> {
  const text = await (await fetch(metricsUrl)).text();
  if (counted !== undefined && !counted.test(text)) {
    throw new Error(`${name} did not count its requests:\n${text}`);
  }
}

function table(platform: Platform, bare: Variant, results: ReadonlyMap<Variant, readonly Result[]>): Table {
  const beside = [...results.values()].flat().map(({ rested }) => rested.bare);
  return {
    title: `Nest on ${platform === 'express' ? 'Express' : 'Fastify'}`,
    words: 1,
    columns: ['variant', 'of bare', 'bar', 'just started', 'µs of CPU a request', 'requests/s'],
    rows: [
      row(bare.name, ['', '', ''], beside),
      ...[...results].map(([{ name, bar }, both]) => {
        const share = both.map(({ rested }) => shareOf(rested));
        const first = both.map(({ started }) => shareOf(started));
        const shares = [spread(share, 3), verdict(share, bar), spread(first, 3)];
        return row(
          name,
          shares,
          both.map(({ rested }) => rested.variant),
        );
      }),
    ],
  };
}

const shareOf = ({ bare, variant }: Pair): number => bare.cpu / variant.cpu;

function row(name: string, shares: readonly string[], asked: readonly Asked[]): string[] {
  const perSecond = asked.map((one) => one.perSecond);
  const cpu = asked.map((one) => one.cpu);
  return [name, ...shares, spread(cpu, 1), spread(perSecond)];
}
