import { watchResponse } from './response-end.js';

/** What a callback of `whenOver` is given. */
export interface OverRequest {
  /** What the client received; 499 where it hung up before the head of the response was sent. */
  readonly status: number;
  readonly request: object;
  readonly response: object;
}

export type OverCallback = (over: OverRequest) => void;

/** Who recorded a request, and is told where the request turns out to be a scrape. */
export interface RequestOwner {
  forget(record: RequestRecord): void;
}

/** One request from the moment it was first seen until its response is over. */
export class RequestRecord implements OverRequest {
  /** 0 until the response is over. */
  status = 0;
  ended = false;
  /** `true` for a request to the metrics endpoint: in no metric at all. */
  scrape = false;
  /** Ended in an exception that nothing but Nest's own base filter answered. */
  failed = false;
  /** Counted in `http_requests_in_progress`. */
  inProgress = false;
  /** The record of another app that handles the same request, with this one mounted in it. */
  outer: RequestRecord | undefined = undefined;
  private waiting: OverCallback[] | undefined = undefined;

  constructor(
    readonly owner: RequestOwner,
    /** `performance.now()` when it was first seen, in milliseconds. */
    readonly start: number,
    readonly method: string,
    /** Path and query as the client sent them. */
    readonly rawUrl: string,
    /** Path in `http.excludedPaths`. */
    readonly excluded: boolean,
    /** The framework's request, or Node's until the framework has made its own. */
    public request: object,
    /** The framework's response, or Node's until the framework has made its own. */
    public response: object,
  ) {}

  whenOver(callback: OverCallback): void {
    if (this.ended) {
      call(callback, this);
    } else {
      (this.waiting ??= []).push(callback);
    }
  }

  /** Tells all who wait that the response is over; the first call counts. */
  end(status: number): boolean {
    if (this.ended) {
      return false;
    }
    this.ended = true;
    this.status = status;
    const waiting = this.waiting;
    if (waiting !== undefined) {
      this.waiting = undefined;
      for (const callback of waiting) {
        call(callback, this);
      }
    }
    return true;
  }
}

const RECORD = Symbol('nestjs-prometheus-exporter:request');
type Recorded = { [RECORD]?: RequestRecord; raw?: Recorded | null };

/** The record of Express's, Fastify's or Node's request, where one of the adapters' seams saw it. */
export function recordOf(request: object): RequestRecord | undefined {
  const recorded = request as Recorded;
  return recorded[RECORD] ?? recorded.raw?.[RECORD];
}

/** Ties a record to Node's request, from which `recordOf` finds it. */
export function attachRecord(rawRequest: object, record: RequestRecord): void {
  (rawRequest as Recorded)[RECORD] = record;
}

/**
 * Calls back once the response is over, at once if it is. Where no seam recorded the request, the
 * response's own events tell. What the callback throws goes nowhere.
 */
export function whenOver(request: object, response: object | undefined, callback: OverCallback): void {
  const record = recordOf(request);
  if (record !== undefined) {
    record.whenOver(callback);
    return;
  }
  watchResponse(request, response, (status) =>
    call(callback, { status, request, response: response ?? request }),
  );
}

/** Whether the path is one of `http.excludedPaths`. */
export function isExcluded(request: object): boolean {
  return recordOf(request)?.excluded === true;
}

/** Takes a request to the metrics endpoint out of everything that was or would be recorded of it. */
export function markAsEndpoint(request: object): void {
  for (let record = recordOf(request); record !== undefined; record = record.outer) {
    if (!record.scrape) {
      record.scrape = true;
      record.owner.forget(record);
    }
  }
}

function call(callback: OverCallback, over: OverRequest): void {
  try {
    callback(over);
  } catch {
    // A metric that can't be recorded is no reason to break the response of the app.
  }
}
