import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from '../cluster/build.js';
import { Primary } from '../cluster/harness.js';
import { replaceWorkers } from '../cluster/replaced-workers.js';
import { Prometheus } from './prometheus-server.js';

const SECONDS = Number(process.env['CLUSTER_SECONDS'] ?? 30);
const MINUTES = Number(process.env['CLUSTER_MINUTES'] ?? 0.5);
/** How often the memory is looked at. */
const PARTS = Math.max(5, MINUTES * 6);
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
        fromSpares: true,
      });
      const answering = new Set(answered.map(({ worker }) => worker)).size;
      // What a worker answered in its last interval may be lost with it; a message takes its time as well.
      const atRisk = answered.filter(
        ({ worker, at }) => at > (replaced.get(worker) ?? Infinity) - INTERVAL - 250,
      );
      console.log(
        `${how}: ${replaced.size} workers replaced in ${took.toFixed(1)} s, ${scrapes} scrapes, ` +
          `${answered.length} requests answered by ${answering} workers, ${counted} counted, ` +
          `${atRisk.length} in last intervals`,
      );
      // There was load, and workers that came later took part in it.
      expect(answered.length).toBeGreaterThan(SECONDS * 10);
      expect(answering).toBeGreaterThan(replaced.size / 2);
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
    SECONDS * 8000 + 60_000,
  );

  it('shows 4 workers with 35 000 series each, and keeps all event loops free', async () => {
    const worker = built.fixture('big-worker.js');
    const primary = await Primary.start(built.fixture('primary.js'), [worker, '1000', '5000']);
    const joining = [1, 2, 3, 4].map(() => primary.fork());
    primary.do('watch');
    const workers = await Promise.all(joining);
    await primary.scrape();
    const joined = await primary.measure();
    primary.do('watch');
    let text = '';
    for (let i = 0; i < 10; i++) {
      text = await primary.scrape();
    }
    const scraped = await primary.measure();
    const blocks: number[] = [];
    for (const { id } of workers) {
      const told = primary.hears('bytes', id);
      await primary.tell(id, { bytes: true });
      blocks.push((await told).block);
    }
    console.log(
      `4 workers with 35 000 series each; longest block of the primary in scrapes ${scraped.block.toFixed(1)} ms, ` +
        `while they join ${joined.block.toFixed(1)} ms, of the workers ${Math.max(...blocks).toFixed(1)} ms`,
    );
    const series = text.split('\n').filter((line) => line.startsWith('big_seconds'));
    expect(series).toHaveLength(35_000);
    expect(series.filter((line) => line.startsWith('big_seconds_count') && line.endsWith(' 4'))).toHaveLength(
      2500,
    );
  }, 90_000);

  it(
    'keeps no memory of workers that have ended',
    async () => {
      const worker = built.fixture('big-worker.js');
      const primary = await Primary.start(built.fixture('primary.js'), [worker, '1000', '5000']);
      const living = await Promise.all([1, 2, 3, 4].map(() => primary.fork()));
      const since = performance.now();
      const heaps: number[] = [];
      let replaced = 0;
      for (let part = 1; part <= PARTS; part++) {
        while (performance.now() - since < (MINUTES * 60_000 * part) / PARTS) {
          const next = new Promise((resolve) => setTimeout(resolve, EVERY));
          primary.do('SIGKILL', (living.shift() as { id: number }).id);
          living.push(await primary.fork());
          replaced++;
          await next;
        }
        await primary.scrape();
        const { heap, rss } = await primary.measure();
        heaps.push(heap);
        console.log(
          `${((performance.now() - since) / 1000).toFixed(0)} s, ${replaced} workers with 35 000 series replaced: ` +
            `heap ${(heap / 1e6).toFixed(2)} MB, rss ${(rss / 1e6).toFixed(1)} MB`,
        );
      }
      const after = heaps.slice(Math.ceil(PARTS / 10));
      expect(heaps.at(-1)).toBeLessThan((after[0] as number) * 1.1);
    },
    MINUTES * 60_000 * 3 + 60_000,
  );
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
