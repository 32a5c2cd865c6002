import type { IncomingMessage, ServerResponse } from 'node:http';
import { statusOfHead } from './sent-status.js';

/** nginx's status for a client that closed the connection before it was answered. */
const CLIENT_CLOSED_REQUEST = 499;

/** What Node's server, and Fastify's, answers past the app where the rest of a request is none, or does not come. */
const REFUSALS: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
  // The client left in the middle of its request.
  HPE_INVALID_EOF_STATE: CLIENT_CLOSED_REQUEST,
};
const BAD_REQUEST = 400;

/** What the client received of a response that is over; 499 where it hung up before the head was sent. */
export function finalStatus(response: ServerResponse, request?: Partial<IncomingMessage>): number {
  if (waits(response)) {
    return CLIENT_CLOSED_REQUEST;
  }
  return response.headersSent ? statusOfHead(response) : refusal(request);
}

/** Whether anything of a response that is over was sent. */
export function wasSent(response: ServerResponse): boolean {
  return response.headersSent && !waits(response);
}

/** A response that waits behind others on its connection has no socket yet: its head never left. */
function waits(response: ServerResponse): boolean {
  return response.socket === null && !response.writableFinished;
}

function refusal(request: Partial<IncomingMessage> | undefined): number {
  // HTTP/2 has no refusals of this kind, and its sockets are proxies of what may be gone.
  const socket = request?.httpVersionMajor === 1 ? request.socket : undefined;
  const error: NodeJS.ErrnoException | null | undefined = socket?.errored;
  const { code = '' } = error ?? {};
  return REFUSALS[code] ?? (code.startsWith('HPE_') ? BAD_REQUEST : CLIENT_CLOSED_REQUEST);
}

/** Whether nothing will tell of a response's end any more: it is sent, or its connection is gone. */
export function isOver(response: ServerResponse, request: Partial<IncomingMessage>): boolean {
  return response.writableFinished || response.closed || request.socket?.destroyed === true;
}

/**
 * Calls back with the final status once a response is over that no seam watches, at once if it is.
 * A response without events tells its status at once.
 */
export function watchResponse(
  request: object,
  response: object | undefined,
  callback: (status: number) => void,
): void {
  const rawRequest = rawOf(request) as Partial<IncomingMessage> & { res?: object };
  const raw = rawOf(response ?? rawRequest.res) as ServerResponse | undefined;
  if (raw === undefined || typeof raw.on !== 'function') {
    callback(raw?.statusCode ?? 0);
    return;
  }
  const socket = rawRequest.socket;
  if (isOver(raw, rawRequest)) {
    callback(finalStatus(raw, rawRequest));
    return;
  }
  const over = (): void => {
    raw.removeListener('finish', over);
    raw.removeListener('close', over);
    socket?.removeListener('close', over);
    callback(finalStatus(raw, rawRequest));
  };
  raw.on('finish', over);
  raw.on('close', over);
  // A response that waits behind others on its connection never closes when the connection does.
  if (raw.socket === null) {
    socket?.once('close', over);
  }
}

function rawOf(message: object | undefined): object | undefined {
  return (message as { raw?: object } | undefined)?.raw ?? message;
}
