import type { Worker as ClusterWorker } from 'node:cluster';
import { KEY, open, seal, type Message } from './protocol.js';
import { broadcastChannel } from './standing.js';
import { warnOnce } from './warn-once.js';

/** One end of what a member and its hub talk over. Nothing of it ever throws. */
export interface Channel {
  /** Resolves when the message is on its way, or can't be. */
  send(message: Message): Promise<void>;
  listen(onMessage: (message: Message) => void): void;
  close(): void;
}

interface IpcEnd {
  send?(message: object, handle: undefined, options: undefined, sent: () => void): unknown;
  on(event: 'message', listener: (raw: unknown) => void): unknown;
  off(event: 'message', listener: (raw: unknown) => void): unknown;
}

/** To the primary, from a `node:cluster` worker. */
export const toPrimary = (): Channel => overIpc(process as IpcEnd);

/** From the primary to one of its workers. */
export const toWorker = (worker: ClusterWorker): Channel =>
  overIpc({
    send: (message, _handle, _options, sent) => worker.process.send(message, undefined, undefined, sent),
    on: (event, listener) => worker.on(event, listener),
    off: (event, listener) => worker.off(event, listener),
  });

function overIpc(end: IpcEnd): Channel {
  const listeners: ((raw: unknown) => void)[] = [];
  return {
    send: (message) =>
      new Promise((resolve) => {
        try {
          // With a callback a closed channel is told to that, instead of an 'error' event nobody handles.
          if (end.send?.(seal(message), undefined, undefined, () => resolve()) !== undefined) {
            return;
          }
        } catch {
          // A channel that closes right now: the message is lost like any sent later.
        }
        resolve();
      }),
    listen: (onMessage) => {
      const listener = forwarding(onMessage);
      listeners.push(listener);
      end.on('message', listener);
    },
    close: () => listeners.splice(0).forEach((listener) => end.off('message', listener)),
  };
}

/**
 * Between a thread and its parent: a channel of its own, which keeps neither alive and which the app's
 * `message` listeners do not hear.
 */
export function betweenThreads(threadId: number): Channel {
  const channel = broadcastChannel(`${KEY}:${process.pid}:${threadId}`);
  (channel as unknown as { unref(): void }).unref();
  return {
    send: (message) => {
      try {
        channel.postMessage(seal(message));
      } catch {
        // Closed.
      }
      return new Promise((resolve) => setImmediate(resolve));
    },
    listen: (onMessage) => {
      const listener = forwarding(onMessage);
      channel.onmessage = (event: unknown) => listener((event as { data: unknown }).data);
      // A listener refs it.
      (channel as unknown as { unref(): void }).unref();
    },
    close: () => {
      channel.onmessage = () => {};
      channel.close();
    },
  };
}

/** Two ends in one process. */
export function inProcess(): [Channel, Channel] {
  const listeners: [((message: Message) => void) | undefined, ((message: Message) => void) | undefined] = [
    undefined,
    undefined,
  ];
  const end = (mine: 0 | 1, others: 0 | 1): Channel => ({
    send: (message) =>
      new Promise((resolve) =>
        setImmediate(() => {
          listeners[others]?.(message);
          resolve();
        }),
      ),
    listen: (onMessage) => {
      listeners[mine] = onMessage;
    },
    close: () => {
      listeners[mine] = undefined;
    },
  });
  return [end(0, 1), end(1, 0)];
}

/** Whoever sends nonsense under our key must not end a process that listens. */
function forwarding(onMessage: (message: Message) => void): (raw: unknown) => void {
  return (raw) => {
    const message = open(raw);
    if (message === undefined) {
      return;
    }
    try {
      onMessage(message);
    } catch (error) {
      warnOnce(`A message of the cluster made no sense: ${(error as Error).message}`);
    }
  };
}
