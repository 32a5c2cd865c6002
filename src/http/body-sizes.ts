import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestSeries } from './request-series.js';
import type { RequestRecord } from './request-record.js';
import { wasSent } from './response-end.js';

interface Bytes {
  received: number;
  sent: number;
}

type Write = (chunk: unknown, encoding?: unknown, callback?: unknown) => unknown;

/** Counts the bytes of request and response bodies: as they are transferred, without heads and chunk framing. */
export class BodySizes {
  private readonly bytes = new WeakMap<RequestRecord, Bytes>();

  watch(record: RequestRecord): void {
    // Requests and responses of other adapters may be of another kind.
    if (typeof record.rawResponse.write !== 'function' || typeof record.rawRequest.push !== 'function') {
      return;
    }
    const bytes: Bytes = { received: 0, sent: 0 };
    this.bytes.set(record, bytes);
    watchRequest(record.rawRequest, bytes);
    watchResponse(record.rawResponse, bytes);
  }

  observe(record: RequestRecord, series: RequestSeries): void {
    const bytes = this.bytes.get(record);
    if (bytes !== undefined) {
      series.requestSize?.observe(bytes.received);
      series.responseSize?.observe(hasBody(record) ? bytes.sent : 0);
    }
  }
}

function hasBody({ method, status, rawResponse }: RequestRecord): boolean {
  // Node takes what is written to a response that must not have a body, and sends none of it (RFC 9110, 6.4.1).
  return method.name !== 'HEAD' && status !== 204 && status !== 304 && wasSent(rawResponse);
}

function watchRequest(request: IncomingMessage, bytes: Bytes): void {
  const { complete, headers, httpVersionMajor, readableEnded } = request;
  const declared = Number(headers['content-length']);
  if (complete || readableEnded) {
    // Of what was read before, the length that was declared is all that tells.
    bytes.received = Number.isSafeInteger(declared) ? declared : 0;
    return;
  }
  if (!(declared > 0) && headers['transfer-encoding'] === undefined && httpVersionMajor < 2) {
    return;
  }
  // Node's parser pushes what it reads; a 'data' listener would make the body flow.
  const push = request.push;
  request.push = function (this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding): boolean {
    bytes.received += lengthOf(chunk, encoding);
    return push.call(this, chunk, encoding);
  };
}

function watchResponse(response: ServerResponse, bytes: Bytes): void {
  // Some responses, such as HTTP/2's, write what end() is given through write().
  let ending = false;
  const count = (chunk: unknown, encoding: unknown): void => {
    if (!ending) {
      bytes.sent += lengthOf(chunk, encoding);
    }
  };
  const watched = response as unknown as { write: Write; end: Write };
  const { write, end } = watched;
  watched.write = function (this: ServerResponse, ...args) {
    count(args[0], args[1]);
    return Reflect.apply(write, this, args);
  };
  watched.end = function (this: ServerResponse, ...args) {
    count(args[0], args[1]);
    ending = true;
    try {
      return Reflect.apply(end, this, args);
    } finally {
      ending = false;
    }
  };
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(
      chunk,
      typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8',
    );
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
