import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the client received of Node's response; 499 where it hung up before the head was sent. */
export function finalStatus(response: ServerResponse): number {
  // A response that waits behind others on its connection has no socket yet: its head never left.
  const waits = response.socket === null && !response.writableFinished;
  return response.headersSent && !waits ? response.statusCode : 499;
}

/** Calls back with the final status once a response that nobody else watches is over, at once if it is. */
export function watchResponse(
  request: object,
  response: object | undefined,
  callback: (status: number) => void,
): void {
  const rawRequest = ((request as { raw?: object }).raw ?? request) as Partial<IncomingMessage> & {
    res?: object;
  };
  const given = response ?? rawRequest.res;
  const raw = ((given as { raw?: object } | undefined)?.raw ?? given) as
    (ServerResponse & EventEmitter) | undefined;
  if (raw === undefined || typeof raw.on !== 'function') {
    callback(raw?.statusCode ?? 0);
    return;
  }
  const socket = rawRequest.socket;
  if (raw.writableFinished || raw.destroyed || raw.closed || socket?.destroyed) {
    callback(finalStatus(raw));
    return;
  }
  const over = (): void => {
    raw.removeListener('finish', over);
    raw.removeListener('close', over);
    socket?.removeListener('close', over);
    callback(finalStatus(raw));
  };
  raw.on('finish', over);
  raw.on('close', over);
  // A response that waits behind others on its connection never closes when the connection does.
  if (raw.socket === null) {
    socket?.once('close', over);
  }
}
