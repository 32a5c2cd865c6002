import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAll, latestOn } from './connection.js';
import { CountedSubscription } from './counted-subscription.js';
import { recordOf } from './request-record.js';
import { sentStatus } from './sent-status.js';

/** Node's own channel, of all its HTTP/1 servers, at the `finish` of a response and before its listeners. */
const subscription = new CountedSubscription('http.server.response.finish', onSent);

interface SentResponse {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: object;
}

let heard = false;

/** Whether this runtime publishes the channel at all: some that stand in for Node have its name only. */
export const tellsOfSent = (): boolean => heard;

/**
 * Ends the records of responses that Node's servers have sent. One subscriber of a channel costs a third of a
 * listener on each response, and needs none of its properties but the status: Express gives every request and
 * response a prototype of its own app, after which each property that is read costs up to a microsecond.
 * For each recorder that is installed, and each request that is not over.
 */
export function awaitSent(): void {
  subscription.begin();
}

/** Ends what one `awaitSent()` began. */
export function leaveSent(): void {
  subscription.end();
}

function onSent(message: unknown): void {
  heard = true;
  const { request, response, socket } = message as SentResponse;
  const record = latestOn(socket, request) ?? recordOf(request);
  if (record !== undefined) {
    endAll(record, sentStatus(response));
  }
}
