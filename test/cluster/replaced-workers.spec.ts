import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from './build.js';
import { Primary } from './harness.js';
import { replaceWorkers } from './replaced-workers.js';

const INTERVAL = 200;

describe('workers that are replaced under load', () => {
  let built: ReturnType<typeof build>;
  let primary: Primary;

  beforeAll(async () => {
    built = build('replaced');
  });
  afterAll(() => built.remove());
  afterEach(() => Primary.endAll());

  const replace = async (how: 'disconnect' | 'SIGKILL') => {
    primary = await Primary.start(built.fixture('primary.js'), [
      built.fixture('app-worker.js'),
      `${INTERVAL}`,
    ]);
    return replaceWorkers(primary, { how, workers: 2, times: 4, every: 250, scrapeEvery: 100 });
  };

  it('are all counted when they end gracefully, and nothing falls', async () => {
    const { falls, answered, counted, replaced } = await replace('disconnect');
    expect(replaced.size).toBe(4);
    expect(falls).toEqual([]);
    expect(counted).toBe(answered.length);
  }, 60_000);

  it('lose at most their last interval when they are killed, and nothing falls', async () => {
    const { falls, answered, counted, replaced } = await replace('SIGKILL');
    // A message takes its time as well.
    const lost = answered.filter(({ worker, at }) => at > (replaced.get(worker) ?? Infinity) - 2 * INTERVAL);
    expect(falls).toEqual([]);
    expect(counted).toBeGreaterThanOrEqual(answered.length - lost.length);
    expect(counted).toBeGreaterThan(0);
  }, 60_000);
});
