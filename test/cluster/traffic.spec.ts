import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from './build.js';
import { Primary, valueOf } from './harness.js';

describe('what workers send', () => {
  let built: ReturnType<typeof build>;
  let primary: Primary;

  beforeAll(() => {
    built = build('traffic');
  });
  afterAll(() => built.remove());
  afterEach(() => Primary.endAll());

  it('is only what has changed since the last time', async () => {
    const worker = built.fixture('big-worker.js');
    primary = await Primary.start(built.fixture('primary.js'), [worker, '60000']);
    const { id } = await primary.fork();
    const bytes = async (): Promise<number> => {
      await primary.scrape();
      const heard = primary.hears('bytes', id);
      await primary.tell(id, { bytes: true });
      return (await heard).bytes;
    };
    const all = await bytes();
    const none = await bytes();
    await primary.tell(id, { touch: 5 });
    const few = await bytes();
    expect(valueOf(await primary.scrape(), 'big_seconds_count{a="value-4",b="GET"}')).toBe(2);
    expect(all).toBeGreaterThan(100_000);
    expect(none).toBeLessThan(500);
    expect(few).toBeLessThan(1500);
  }, 30_000);
});
