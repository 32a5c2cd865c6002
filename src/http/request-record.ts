import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MetricContext } from '../labels/metric-context.js';
import type { RequestMethod } from './request-methods.js';
import { originForm } from './request-target.js';
import { responseOf } from './remembered-response.js';
import { watchResponse } from './response-end.js';
import type { RouteRecord } from './route-record.js';

/** A request whose response is over. */
export interface OverRequest {
  /** What the client received; 499 where it hung up before the head of the response was sent. */
  readonly status: number;
  readonly request: object;
  readonly response: object;
}

/** A call of a handler: of several that a request came to, the last. */
export interface HandlerCall {
  readonly controller: Function | undefined;
  readonly methodName: string;
  /** With a result or an error once it has ended. */
  readonly call: Pick<MetricContext, 'args' | 'result' | 'error'>;
}

/** Waits for the end of a request: an object, since a closure and what it captures take more memory for each. */
export interface OverListener {
  over(request: OverRequest): void;
}

/** Who records a request, and is told what others find out about it. */
export interface RequestOwner {
  /** Its response is over, with this status: it was sent, or its connection is gone. */
  complete(record: RequestRecord, status: number): void;
  /** It is a scrape, or another app counts it in the same metrics. */
  forget(record: RequestRecord): void;
  /** It ended in an exception that only Nest's base filter answered. */
  fail(record: RequestRecord): void;
}

/** The requests of one connection that are not over. */
export interface OpenRequests {
  last: RequestRecord | undefined;
  /** More than one at once: pipelined. */
  others: Set<RequestRecord> | undefined;
}

/** What sets a request apart: bits of one number, of which V8 tells each in fewer instructions than a field. */
const ENDED = 1;
const FORGOTTEN = 2;
const EXCLUDED = 4;
const FAILED = 8;
const UNTOLD = 16;

/** One request from the moment it was first seen until its response is over. */
export class RequestRecord implements OverRequest {
  /** 0 until the response is over. */
  status = 0;
  /** Its connection, where that is watched for it. */
  connection: OpenRequests | undefined = undefined;
  /** The route by which it came to a handler, once a seam knows. */
  route: RouteRecord | undefined = undefined;
  /** The route of a handler that passed the request on or refused it, since its host or version did not match. */
  passedOn: object | undefined = undefined;
  /** The framework's request, or Node's until the framework has made its own. */
  request: object;
  /** The framework's response, or Node's until the framework has made its own. */
  response: object;
  /** The call of its handler, where default labels of the HTTP metrics may ask for it. */
  handled: HandlerCall | undefined = undefined;
  /** The record of another app that got the same request first, with this one mounted in it. */
  outer: RequestRecord | undefined = undefined;
  private traits = 0;
  private waiting: OverListener | undefined = undefined;
  /** Where more than one handler was called, or one more than once. */
  private alsoWaiting: OverListener[] | undefined = undefined;

  constructor(
    readonly owner: RequestOwner,
    /** When it was first seen, by `now()`. */
    readonly start: number,
    readonly method: RequestMethod,
    /** As the client sent it. */
    private readonly target: string,
    readonly rawRequest: IncomingMessage,
    readonly rawResponse: ServerResponse,
  ) {
    this.request = rawRequest;
    this.response = rawResponse;
  }

  /** Path and query as the client sent them. */
  get rawUrl(): string {
    return originForm(this.target);
  }

  /** Whether the response is over. */
  get ended(): boolean {
    return (this.traits & ENDED) !== 0;
  }

  /** Whether it is in the HTTP metrics. */
  get counts(): boolean {
    return (this.traits & (FORGOTTEN | EXCLUDED)) === 0;
  }

  /** Takes a request to the metrics endpoint, and one that another app counts, out of all metrics. */
  forget(): void {
    this.traits |= FORGOTTEN;
  }

  /** Whether its path is in `http.excludedPaths`. */
  get excluded(): boolean {
    return (this.traits & EXCLUDED) !== 0;
  }

  exclude(): void {
    this.traits |= EXCLUDED;
  }

  /** Whether it ended in an exception that only Nest's base filter answered. */
  get failed(): boolean {
    return (this.traits & FAILED) !== 0;
  }

  fail(): void {
    this.traits |= FAILED;
  }

  /** Whether Node's channel tells when its response was sent. */
  get told(): boolean {
    return (this.traits & UNTOLD) === 0;
  }

  /** Its response's own events are to tell. */
  leaveUntold(): void {
    this.traits |= UNTOLD;
  }

  whenOver(listener: OverListener): void {
    if (this.ended) {
      tell(listener, this);
    } else if (this.waiting === undefined) {
      this.waiting = listener;
    } else {
      (this.alsoWaiting ??= []).push(listener);
    }
  }

  /** Its response is over, with this status. */
  end(status: number): void {
    this.traits |= ENDED;
    this.status = status;
  }

  /** Tells all who wait that the response is over. */
  tell(): void {
    const { waiting, alsoWaiting } = this;
    if (waiting !== undefined) {
      this.waiting = undefined;
      this.alsoWaiting = undefined;
      tell(waiting, this);
      alsoWaiting?.forEach((listener) => tell(listener, this));
    }
  }
}

const RECORD = Symbol('nestjs-prometheus-exporter:request');
type Recorded = { [RECORD]?: RequestRecord; raw?: Recorded | null };

/** The record of Express's, Fastify's or Node's request, where one of the adapters' seams saw it. */
export const recordOf = (request: object): RequestRecord | undefined => {
  const recorded = request as Recorded;
  return recorded[RECORD] ?? recorded.raw?.[RECORD];
};

/** Ties a record to Node's request, from which `recordOf` finds it. */
export const attachRecord = (rawRequest: object, record: RequestRecord): void => {
  const recorded = rawRequest as Recorded;
  record.outer = recorded[RECORD];
  recorded[RECORD] = record;
};

/**
 * Tells the listener once the response is over, at once if it is. Where no seam recorded the request, the
 * response's own events tell. What the listener throws goes nowhere.
 */
export function whenOver(request: object, listener: OverListener): void {
  const record = recordOf(request);
  if (record !== undefined) {
    record.whenOver(listener);
    return;
  }
  const response = responseOf(request);
  watchResponse(request, response, (status) =>
    tell(listener, { status, request, response: response ?? request }),
  );
}

/** Whether the path is one of `http.excludedPaths`. */
export function isExcluded(request: object): boolean {
  return recordOf(request)?.excluded === true;
}

/** Takes a request to the metrics endpoint out of everything that was or would be recorded of it. */
export function markAsEndpoint(request: object): void {
  for (let record = recordOf(request); record !== undefined; record = record.outer) {
    record.owner.forget(record);
  }
}

function tell(listener: OverListener, request: OverRequest): void {
  try {
    listener.over(request);
  } catch {
    // A metric that can't be recorded is no reason to break the response of the app.
  }
}
