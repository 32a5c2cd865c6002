import type { BodyWriter } from './body-writer.js';
import type { HangUp } from './hang-up.js';

/**
 * Writes chunks as they are made. The first one is made before the head is written, so that a failure until
 * then can still be told by the status.
 */
export async function copyBody(
  chunks: AsyncIterable<Uint8Array>,
  writeHead: () => BodyWriter,
  hangUp: HangUp,
): Promise<void> {
  const reading = chunks[Symbol.asyncIterator]();
  let writer: BodyWriter | undefined;
  try {
    let step = await hangUp.wait(reading.next());
    writer = writeHead();
    for (; !step.done; step = await hangUp.wait(reading.next())) {
      await writer.write(step.value);
    }
    await writer.end();
  } catch (error) {
    writer?.destroy();
    // Not awaited: a reading that waits for a collector ends only when that does.
    reading.return?.().then(undefined, () => {});
    throw error;
  }
}
