import type { Socket } from 'node:net';
import type { RequestRecord } from './request-record.js';

const LAST = Symbol('nestjs-prometheus-exporter:last request');
const QUEUE = Symbol('nestjs-prometheus-exporter:pipelined requests');

type WatchedSocket = Socket & { [LAST]?: RequestRecord | undefined; [QUEUE]?: Set<RequestRecord> };

/**
 * Notes that a request has begun on its connection. Where the one before it is not over, this one is
 * pipelined: its response waits for its turn, and hears nothing if the connection ends before that, so the
 * connection is watched for it.
 */
export function noteOnConnection(record: RequestRecord): void {
  const socket = record.rawRequest.socket as WatchedSocket | null | undefined;
  // HTTP/2 multiplexes instead, and its `socket` is a proxy that forbids some properties.
  if (!socket || record.rawRequest.httpVersionMajor > 1) {
    return;
  }
  const last = socket[LAST];
  socket[LAST] = record;
  if (last !== undefined && !last.ended && last.rawRequest !== record.rawRequest) {
    (socket[QUEUE] ??= watch(socket)).add(record);
  }
}

/** Lets go of a request that is over. */
export function leaveConnection(record: RequestRecord): void {
  const socket = record.rawRequest.socket as WatchedSocket | null | undefined;
  if (!socket || record.rawRequest.httpVersionMajor > 1) {
    return;
  }
  if (socket[LAST] === record) {
    socket[LAST] = undefined;
  }
  socket[QUEUE]?.delete(record);
}

function watch(socket: Socket): Set<RequestRecord> {
  const queue = new Set<RequestRecord>();
  socket.once('close', () => {
    for (const record of queue) {
      record.owner.over(record);
    }
  });
  return queue;
}
