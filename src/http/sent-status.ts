import { STATUS_CODES, type ServerResponse } from 'node:http';

/** Where Node keeps what it sent, of HTTP/1 and of HTTP/2. */
interface SentHead {
  readonly _header?: unknown;
  readonly stream?: { readonly sentHeaders?: Readonly<Record<string, unknown>> } | null;
}

/** The last status below 400 that was looked up, and its message: most responses have that of the one before. */
let known = 200;
let knownMessage = STATUS_CODES[known];

/** From here on statuses are what a late change would be to. */
const FIRST_ERROR = 400;

/**
 * The same as `statusOfHead()` of a response by HTTP/1, of which few have to be looked up: Node sets `statusMessage` with
 * the head, so a status that is no error's and still has its message is the one that was sent.
 */
export const sentStatus = (response: ServerResponse): number =>
  response.statusCode === known && response.statusMessage === knownMessage ? known : lookUp(response);

function lookUp(response: ServerResponse): number {
  const status = statusOfHead(response);
  if (status === response.statusCode && status < FIRST_ERROR) {
    known = status;
    knownMessage = response.statusMessage;
  }
  return status;
}

/**
 * The status in the head that was sent: `statusCode` may be changed after that, and by a filter that wants to answer
 * a stream's late error often is. In what stands in for Node, `statusCode` is all that tells.
 */
export function statusOfHead(response: ServerResponse): number {
  const { _header: head, stream } = response as SentHead;
  const status = Number(typeof head === 'string' ? head.split(' ', 2)[1] : stream?.sentHeaders?.[':status']);
  return Number.isInteger(status) ? status : response.statusCode;
}
