import { median } from './statistics.js';

const WARM_UP_MS = 200;
const BATCH_MS = 20;

/**
 * Nanoseconds that one call takes, by the median batch. `loop` makes as many calls as it is told, and gives
 * something that depends on each, so that none can be left out.
 */
export async function nanosecondsPerCall(loop: (calls: number) => unknown, seconds: number): Promise<number> {
  let calls = 1000;
  let took = 0;
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end || took < BATCH_MS;) {
    took = await time(loop, calls);
    if (took < BATCH_MS) {
      calls *= 2;
    }
  }
  const batches: number[] = [];
  for (const end = performance.now() + seconds * 1000; batches.length === 0 || performance.now() < end;) {
    batches.push(((await time(loop, calls)) * 1e6) / calls);
  }
  return median(batches);
}

async function time(loop: (calls: number) => unknown, calls: number): Promise<number> {
  const start = performance.now();
  await loop(calls);
  return performance.now() - start;
}
