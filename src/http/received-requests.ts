import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import { CountedSubscription } from './counted-subscription.js';

/** Node's own channel, of all its HTTP/1 servers, at each request and before anybody hears of it. */
const subscription = new CountedSubscription('http.server.request.start', onReceived);

interface ReceivedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: WatchedServer;
}

/** Who records the requests that a server receives. */
export interface RequestReceiver {
  /** @param received whether Node tells that its server received it: else anybody may have made it. */
  receive(request: IncomingMessage, response: ServerResponse, received: boolean): void;
  /** Whether `receive()` was called for it. */
  hasReceived(request: IncomingMessage): boolean;
}

/** Of the receivers of one server, one: a list, since few have more than one. */
interface Watch {
  readonly receiver: RequestReceiver;
  readonly next: Watch | undefined;
}

const WATCH = Symbol('nestjs-prometheus-exporter:watch');
type WatchedServer = HttpServer & { [WATCH]?: Watch };

let heard = false;

/**
 * Sees each request that a server receives before anybody else does. By Node's channel: a second listener of the
 * server's `request`, which makes Node copy the list of them for each, is there until that has told for the first
 * time, and for good where it never does: with HTTP/2, and in what stands in for Node.
 *
 * @returns ends it.
 */
export function watchRequests(server: WatchedServer, receiver: RequestReceiver): () => void {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (!receiver.hasReceived(request)) {
      receiver.receive(request, response, false);
    } else if (heard && isHttp1(server)) {
      server.removeListener('request', listener);
    }
  };
  server.prependListener('request', listener);
  server[WATCH] = { receiver, next: server[WATCH] };
  subscription.begin();
  return () => {
    server.removeListener('request', listener);
    server[WATCH] = without(receiver, server[WATCH]);
    subscription.end();
  };
}

function without(receiver: RequestReceiver, watch: Watch | undefined): Watch | undefined {
  if (watch === undefined || watch.receiver === receiver) {
    return watch?.next;
  }
  return { receiver: watch.receiver, next: without(receiver, watch.next) };
}

/** Whether all its requests are HTTP/1. */
function isHttp1(server: object): boolean {
  return server instanceof HttpServer || server instanceof HttpsServer;
}

function onReceived(message: unknown): void {
  const { request, response, server } = message as ReceivedRequest;
  for (let watch = server[WATCH]; watch !== undefined; watch = watch.next) {
    heard = true;
    watch.receiver.receive(request, response, true);
  }
}
