import { STATUS_CODES, type ServerResponse } from 'node:http';

/** Where Node keeps what it sent, of HTTP/1 and of HTTP/2. */
interface SentHead {
  readonly _header?: unknown;
  readonly stream?: { readonly sentHeaders?: Readonly<Record<string, unknown>> } | null;
}

/** The last status whose message was looked up: most responses have the one of the response before. */
let known = 200;
let knownMessage = STATUS_CODES[known];

/**
 * The status in the head that was sent: `statusCode` may be changed after that, and by a filter that wants to answer
 * a stream's late error often is. Node sets `statusMessage` with the head: where it belongs to the status, as it
 * nearly always does, nothing else is looked at.
 */
export const sentStatus = (response: ServerResponse): number => {
  const { statusCode, statusMessage } = response;
  return statusCode === known && statusMessage === knownMessage
    ? statusCode
    : lookUp(response, statusCode, statusMessage);
};

function lookUp(response: ServerResponse, status: number, message: string): number {
  if (message !== STATUS_CODES[status]) {
    return statusOfHead(response) ?? status;
  }
  known = status;
  knownMessage = message;
  return status;
}

/** `undefined` in what stands in for Node. */
function statusOfHead(response: ServerResponse): number | undefined {
  const { _header: head, stream } = response as SentHead;
  const status = Number(typeof head === 'string' ? head.split(' ', 2)[1] : stream?.sentHeaders?.[':status']);
  return Number.isInteger(status) ? status : undefined;
}
