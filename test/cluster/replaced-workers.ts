import { fallsIn } from './falls.js';
import { Load, type Answered } from './load.js';
import { valueOf, type Primary, type Said } from './harness.js';
import { startSpares } from './spare-workers.js';

const REQUESTS = 'http_requests_total{method="GET",route="/hello",status="200"}';

export interface Replacing {
  readonly how: 'disconnect' | 'SIGKILL';
  /** Workers at a time. */
  readonly workers: number;
  /** How many of them are replaced in all. */
  readonly times: number;
  /** Milliseconds from one to the next. */
  readonly every: number;
  readonly scrapeEvery: number;
  /** Whether all are started before the first ends, and then only have to listen: a start takes a second. */
  readonly fromSpares?: boolean;
}

export interface Outcome {
  readonly falls: string[];
  readonly answered: readonly Answered[];
  readonly counted: number;
  /** When each was told to end. */
  readonly replaced: ReadonlyMap<number, number>;
  readonly scrapes: number;
  /** Seconds from when all were there until the last one was replaced. */
  readonly took: number;
}

/** Workers under load that are ended one after the other, each replaced by a new one. */
export async function replaceWorkers(primary: Primary, how: Replacing): Promise<Outcome> {
  const spares = how.fromSpares ? await startSpares(primary, how.workers + how.times) : [];
  const next = (): Promise<Said> => {
    const spare = spares.shift();
    return spare === undefined ? primary.fork() : primary.activate(spare);
  };
  const started = await Promise.all(Array.from({ length: how.workers }, next));
  const living = started.map(({ id }) => id);
  const load = new Load((started[0] as { port: number }).port, 6);
  const replaced = new Map<number, number>();
  const falls: string[] = [];
  const since = performance.now();
  const run = { isOver: false };
  let scrapes = 0;
  let took = 0;
  const scraping = async (): Promise<void> => {
    let before = '';
    while (!run.isOver) {
      const pause = sleep(how.scrapeEvery);
      const text = await primary.scrape();
      falls.push(...fallsIn(before, text));
      before = text;
      scrapes++;
      await pause;
    }
  };
  const replacing = async (): Promise<void> => {
    const starting: Promise<unknown>[] = [];
    while (replaced.size < how.times) {
      await sleep(since + (replaced.size + 1) * how.every - performance.now());
      while (living.length < 2) {
        await Promise.race([sleep(20), Promise.all(starting)]);
      }
      const id = living.shift() as number;
      primary.do(how.how, id);
      replaced.set(id, performance.now());
      // The new one may take longer to start than the next one is to end: none waits for it but the last.
      const start = next().then((one) => living.push(one.id));
      start.catch(() => undefined);
      starting.push(start);
    }
    await Promise.all(starting);
    took = (performance.now() - since) / 1000;
    run.isOver = true;
  };
  try {
    await Promise.all([scraping(), replacing()]);
    await load.end();
    for (const id of replaced.keys()) {
      await primary.hears('exit', id);
    }
    const last = await primary.scrape();
    return { falls, answered: load.answered, counted: valueOf(last, REQUESTS) ?? 0, replaced, scrapes, took };
  } finally {
    run.isOver = true;
    await load.end();
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
