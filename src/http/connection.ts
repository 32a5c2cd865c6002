import { errorMonitor, type EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { OpenRequests, RequestRecord } from './request-record.js';
import { finalStatus } from './response-end.js';

const OPEN = Symbol('nestjs-prometheus-exporter:open requests');
type WatchedSocket = Socket & { [OPEN]?: OpenRequests };

// Constants here and in what else runs for each request: of a declared function V8 checks before each call that it was
// not replaced.

/**
 * Watches the connection of a request, so that the request is over as soon as the client hangs up: the
 * response of a pipelined one, which waits for its turn, hears nothing of it, and a body parser answers the
 * broken body before the response hears. One listener for each connection, none for each request.
 *
 * @returns `false` where there is no connection that could tell: HTTP/2, which multiplexes, and requests
 *   that no server made.
 */
export const watchConnection = (record: RequestRecord): boolean => {
  const { rawRequest } = record;
  const open = rawRequest.httpVersionMajor > 1 ? undefined : openOn(rawRequest.socket);
  if (open === undefined) {
    return false;
  }
  const { last } = open;
  open.last = record;
  record.connection = open;
  if (last !== undefined && !last.ended && last.rawRequest !== rawRequest) {
    (open.others ??= new Set()).add(last);
  }
  return true;
};

/** Lets go of a request that is over. */
export const leaveConnection = (record: RequestRecord): void => {
  const open = record.connection;
  if (open === undefined) {
    return;
  }
  if (open.last === record) {
    open.last = undefined;
  }
  open.others?.delete(record);
};

const openOn = (socket: WatchedSocket | undefined): OpenRequests | undefined =>
  socket?.[OPEN] ?? watch(socket);

function watch(socket: WatchedSocket | undefined): OpenRequests | undefined {
  if (!(socket instanceof Socket)) {
    return undefined;
  }
  const open: OpenRequests = { last: undefined, others: undefined };
  const hungUp = (): void => {
    hangUp(open.last);
    open.others?.forEach(hangUp);
  };
  // Before Node's own, which ends the bodies of requests, and before a body parser's: both may let the app answer. A
  // connection that fails is gone before it closes; a listener of its error would pass for somebody who handles that.
  socket.prependListener('close', hungUp);
  (socket as EventEmitter).on(errorMonitor, () => {
    if (socket.destroyed) {
      hungUp();
    }
  });
  socket[OPEN] = open;
  return open;
}

function hangUp(record: RequestRecord | undefined): void {
  if (record !== undefined) {
    endAll(record, finalStatus(record.rawResponse, record.rawRequest));
  }
}

/** The record of a request that is the latest on its connection. */
export const latestOn = (socket: object, request: object): RequestRecord | undefined => {
  const last = (socket as Partial<WatchedSocket>)[OPEN]?.last;
  return last?.rawRequest === request ? last : undefined;
};

/** Ends the records that the apps it passed have of one request. */
export const endAll = (first: RequestRecord | undefined, status: number): void => {
  for (let record = first; record !== undefined; record = record.outer) {
    record.owner.complete(record, status);
  }
};
