import type { Worker } from 'node:worker_threads';
import { betweenThreads } from './channel.js';
import { theHub, type Hub } from './hub.js';

/**
 * Takes a thread's metrics in, as a `node:cluster` worker's: to be called where the thread was made. The
 * thread itself has `MetricsModule.forRoot({ cluster: true })`. Its label `worker` is `thread-1` for the
 * thread with the id 1. Calling it again for the same thread changes nothing.
 */
export function collectFromThread(worker: Worker): { close(): void } {
  const hub = theHub();
  const known = heard.get(worker);
  if (known?.hub === hub) {
    return known.handle;
  }
  // Once the thread has ended, its id is -1.
  const { threadId } = worker;
  const peer = hub.attach(betweenThreads(threadId), `thread-${threadId}`);
  const end = (): void => peer.end();
  worker.once('exit', end);
  const handle = { close: end };
  heard.set(worker, { hub, handle });
  return handle;
}

const heard = new WeakMap<Worker, { hub: Hub; handle: { close(): void } }>();
