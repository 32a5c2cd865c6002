import type { Cluster } from 'node:cluster';
import type { BroadcastChannel } from 'node:worker_threads';

// Node's modules that tell what this process is are got when somebody asks, which is with the option `cluster` alone:
// they load a dozen others of Node's, and every app would pay for that at its start.
const threads = (): typeof import('node:worker_threads') => process.getBuiltinModule('node:worker_threads');
/** What `require` gives, and not what the types say, which is the module as ESM sees it. */
const cluster = (): Cluster => process.getBuiltinModule('node:cluster') as unknown as Cluster;

/** The number of the worker thread that this code runs in; `undefined` in the main thread. */
export const workerThread = (): number | undefined =>
  threads().isMainThread ? undefined : threads().threadId;

/** Node's own: the global one may be the app's. */
export const broadcastChannel = (name: string): BroadcastChannel => new (threads().BroadcastChannel)(name);

/** Whether this is the main thread of a `node:cluster` worker. */
export const isClusterWorker = (): boolean => threads().isMainThread && cluster().isWorker;
