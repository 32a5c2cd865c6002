import { setTimeout as wait } from 'node:timers/promises';
import type { Histogram } from '../records/libraries.js';

const SETTLED_BYTES = 1000;

export const histogramOptions = {
  name: 'bench_seconds',
  help: 'Seconds that a request took.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

/**
 * Gives the histogram as many label sets, each with a route of its own.
 * Returns the bytes of memory that it then keeps for each.
 */
export async function fill(histogram: Pick<Histogram, 'observe'>, sets: number): Promise<number> {
  const before = await settled();
  for (let i = 0; i < sets; i++) {
    for (const seconds of [0.003, 0.04 + i / 1e6, 1.7]) {
      histogram.observe({ method: 'GET', route: `/users/${i}`, status: '200' }, seconds);
    }
  }
  return ((await settled()) - before) / sets;
}

/** Bytes in use once an app that has just started has thrown away what it needed to start. */
async function settled(): Promise<number> {
  let bytes = kept();
  for (let last = Number.POSITIVE_INFINITY; bytes < last - SETTLED_BYTES; bytes = kept()) {
    last = bytes;
    await wait(20);
  }
  return bytes;
}

/** Bytes that are left after a garbage collection, in and outside the heap of V8. */
export function kept(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
