import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from '../cluster/build.js';
import { Primary } from '../cluster/harness.js';
import { replaceWorkers } from '../cluster/replaced-workers.js';
import { Prometheus } from './prometheus-server.js';

const SECONDS = Number(process.env['CLUSTER_SECONDS'] ?? 30);
const EVERY = 500;
const INTERVAL = 1000;
const COUNTS = [
  'http_requests_total',
  'http_request_duration_seconds_bucket',
  'http_request_duration_seconds_count',
  'http_request_duration_seconds_sum',
];

describe('a cluster that Prometheus scrapes', () => {
  let built: ReturnType<typeof build>;

  beforeAll(() => {
    built = build('real');
  });
  afterAll(() => built.remove());
  afterEach(async () => {
    await Prometheus.stopAll();
    await Primary.endAll();
  });

  it.each(['disconnect', 'SIGKILL'] as const)(
    'shows no resets while workers end by %s',
    async (how) => {
      const args = [built.fixture('app-worker.js'), `${INTERVAL}`];
      const primary = await Primary.start(built.fixture('primary.js'), args);
      const prometheus = await Prometheus.start(`127.0.0.1:${primary.port}`);
      const { falls, answered, counted, replaced, scrapes, took } = await replaceWorkers(primary, {
        how,
        workers: 4,
        times: (SECONDS * 1000) / EVERY,
        every: EVERY,
        scrapeEvery: 250,
      });
      // What a worker answered in its last interval may be lost with it; a message takes its time as well.
      const atRisk = answered.filter(
        ({ worker, at }) => at > (replaced.get(worker) ?? Infinity) - INTERVAL - 250,
      );
      console.log(
        `${how}: ${replaced.size} workers replaced in ${took.toFixed(1)} s, ${scrapes} scrapes, ` +
          `${answered.length} requests answered, ${counted} counted, ${atRisk.length} in last intervals`,
      );
      expect(falls).toEqual([]);
      if (how === 'disconnect') {
        expect(counted).toBe(answered.length);
      } else {
        expect(counted).toBeGreaterThanOrEqual(answered.length - atRisk.length);
        expect(counted).toBeLessThanOrEqual(answered.length + replaced.size * 6);
      }
      const resets = await resetsByName(prometheus);
      expect([...resets.keys()]).toEqual(expect.arrayContaining(COUNTS));
      expect([...resets].filter(([, count]) => count !== 0)).toEqual([]);
    },
    SECONDS * 4000 + 60_000,
  );

  it('keeps the event loops free, and the memory of those that have ended', async () => {
    const worker = built.fixture('big-worker.js');
    const primary = await Primary.start(built.fixture('primary.js'), [worker, '1000', '5000']);
    const workers = await Promise.all([1, 2, 3, 4].map(() => primary.fork()));
    await primary.scrape();
    primary.do('watch');
    for (let i = 0; i < 10; i++) {
      await primary.scrape();
    }
    const scraped = await primary.measure();
    for (const { id } of workers) {
      primary.do('SIGKILL', id);
      await primary.hears('exit', id);
    }
    const joining = workers.map(() => primary.fork());
    primary.do('watch');
    const joined = await Promise.all(joining);
    await primary.scrape();
    const after = await primary.measure();
    const blocks: number[] = [];
    for (const { id } of joined) {
      const told = primary.hears('bytes', id);
      await primary.tell(id, { bytes: true });
      blocks.push((await told).block);
    }
    console.log(
      `4 workers with 35 000 series each; longest block of the primary in scrapes ${scraped.block.toFixed(1)} ms, ` +
        `while they join ${after.block.toFixed(1)} ms, of the workers ${Math.max(...blocks).toFixed(1)} ms`,
    );
    // What ended workers counted stays, and what was known of each of them goes.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const { heap } = await primary.measure();
    console.log(`heap with 4 such workers ${scraped.heap}, and when 4 more have ended ${heap}`);
    expect(heap).toBeLessThan(scraped.heap * 1.3);
  }, 90_000);
});

/** How often each count fell, as Prometheus saw it; process metrics end with their worker. */
async function resetsByName(prometheus: Prometheus): Promise<Map<string, number>> {
  const resets = new Map<string, number>();
  for (const name of (await prometheus.names()).filter((one) => /(_total|_bucket|_count|_sum)$/.test(one))) {
    const [count] = await prometheus.query(`sum(resets(${name}{worker=""}[10m]))`);
    if (count !== undefined) {
      resets.set(name, count);
    }
  }
  return resets;
}
