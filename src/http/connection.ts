import { Socket } from 'node:net';
import type { RequestRecord } from './request-record.js';

/** The requests of one connection that are not over. */
interface OpenRequests {
  last: RequestRecord | undefined;
  /** More than one at once: pipelined. */
  others: Set<RequestRecord> | undefined;
}

const OPEN = Symbol('nestjs-prometheus-exporter:open requests');
type WatchedSocket = Socket & { [OPEN]?: OpenRequests };

/**
 * Watches the connection of a request, so that the request is over as soon as the client hangs up: the
 * response of a pipelined one, which waits for its turn, hears nothing of it, and a body parser answers the
 * broken body before the response hears. Two listeners for each connection, none for each request.
 *
 * @returns `false` where there is no connection that could tell: HTTP/2, which multiplexes, and requests
 *   that no server made.
 */
export function watchConnection(record: RequestRecord): boolean {
  const socket = connectionOf(record);
  if (socket === undefined) {
    return false;
  }
  const open = (socket[OPEN] ??= watch(socket));
  const { last } = open;
  open.last = record;
  if (last !== undefined && !last.ended && last.rawRequest !== record.rawRequest) {
    (open.others ??= new Set()).add(last);
  }
  return true;
}

/** Lets go of a request that is over. */
export function leaveConnection(record: RequestRecord): void {
  const open = connectionOf(record)?.[OPEN];
  if (open === undefined) {
    return;
  }
  if (open.last === record) {
    open.last = undefined;
  }
  open.others?.delete(record);
}

function connectionOf({ rawRequest }: RequestRecord): WatchedSocket | undefined {
  return rawRequest.httpVersionMajor < 2 && rawRequest.socket instanceof Socket
    ? rawRequest.socket
    : undefined;
}

function watch(socket: Socket): OpenRequests {
  const open: OpenRequests = { last: undefined, others: undefined };
  const hungUp = (): void => {
    endAll(open.last);
    open.others?.forEach(endAll);
  };
  // Before Node's own, which make bodies fail.
  socket.prependListener('end', () => {
    if (!allowsHalfOpen(socket)) {
      hungUp();
    }
  });
  socket.prependListener('close', hungUp);
  return open;
}

function endAll(first: RequestRecord | undefined): void {
  for (let record = first; record !== undefined; record = record.outer) {
    record.owner.over(record);
  }
}

/** Whether the server goes on answering a client that has ended its side of the connection. */
function allowsHalfOpen(socket: Socket): boolean {
  return (socket as { server?: { httpAllowHalfOpen?: boolean } }).server?.httpAllowHalfOpen === true;
}
