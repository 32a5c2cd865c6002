import { fallsIn } from './falls.js';
import { Load, type Answered } from './load.js';
import { valueOf, type Primary } from './harness.js';

const REQUESTS = 'http_requests_total{method="GET",route="/hello",status="200"}';

export interface Replacing {
  readonly how: 'disconnect' | 'SIGKILL';
  readonly seconds: number;
  readonly workers: number;
  /** Milliseconds. */
  readonly every: number;
  readonly scrapeEvery: number;
}

export interface Outcome {
  readonly falls: string[];
  readonly answered: readonly Answered[];
  readonly counted: number;
  readonly replaced: ReadonlyMap<number, number>;
  readonly scrapes: number;
}

/** Workers under load that are ended one after the other, each replaced by a new one. */
export async function replaceWorkers(primary: Primary, how: Replacing): Promise<Outcome> {
  const started = await Promise.all(Array.from({ length: how.workers }, () => primary.fork()));
  const living = started.map(({ id }) => id);
  const load = new Load((started[0] as { port: number }).port, 6);
  const replaced = new Map<number, number>();
  const falls: string[] = [];
  const until = performance.now() + how.seconds * 1000;
  let scrapes = 0;
  const scraping = async (): Promise<void> => {
    let before = '';
    while (performance.now() < until) {
      const text = await primary.scrape();
      falls.push(...fallsIn(before, text));
      before = text;
      scrapes++;
      await sleep(how.scrapeEvery);
    }
  };
  const replacing = async (): Promise<void> => {
    while (performance.now() < until) {
      await sleep(how.every);
      const id = living.shift() as number;
      replaced.set(id, performance.now());
      primary.do(how.how, id);
      living.push((await primary.fork()).id);
    }
  };
  await Promise.all([scraping(), replacing()]);
  await load.end();
  for (const id of replaced.keys()) {
    await primary.hears('exit', id);
  }
  const counted = valueOf(await primary.scrape(), REQUESTS) ?? 0;
  return { falls, answered: load.answered, counted, replaced, scrapes };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
