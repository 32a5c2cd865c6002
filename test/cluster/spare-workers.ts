import type { Primary } from './harness.js';

/** More at once would only take each other's time. */
const AT_ONCE = 4;

/** Starts workers that need nothing but a message to listen, and gives their ids. */
export async function startSpares(primary: Primary, count: number): Promise<number[]> {
  const ids: number[] = [];
  let left = count;
  const starting = async (): Promise<void> => {
    while (left-- > 0) {
      ids.push(await primary.forkSpare());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, starting));
  return ids;
}
