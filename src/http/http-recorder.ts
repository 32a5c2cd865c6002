import type { IncomingMessage, ServerResponse } from 'node:http';
import { now } from '../clock.js';
import { BodySizes } from './body-sizes.js';
import type { HttpLabels } from './http-labels.js';
import type { HttpMetrics } from './http-metrics.js';
import { RequestBatch } from './request-batch.js';
import { RequestMethods } from './request-methods.js';
import type { RequestSeries } from './request-series.js';
import { isOriginForm, pathOf } from './request-target.js';
import { endAll, leaveConnection, watchConnection } from './connection.js';
import { RequestRecord, attachRecord, recordOf, type RequestOwner } from './request-record.js';
import { finalStatus } from './response-end.js';
import type { RouteRecord } from './route-record.js';
import { SeriesMemory } from './series-memory.js';
import { awaitSent, leaveSent, tellsOfSent } from './sent-responses.js';

export interface RecorderOptions {
  readonly excludedPaths: readonly RegExp[];
  readonly sizes: boolean;
}

/** One function for all responses: a closure for each costs more than to look the record up. */
function onResponseOver(this: ServerResponse): void {
  endAll(recordOf(this.req), finalStatus(this, this.req));
}

/** Whether a server of Node's own made the response: that listens for its 'finish' before anybody else. */
function isServed({ rawRequest, rawResponse }: RequestRecord): boolean {
  return (
    typeof rawResponse.on === 'function' &&
    rawResponse.req === rawRequest &&
    rawResponse.listenerCount('finish') > 0
  );
}

function awaitEvents(record: RequestRecord, served: boolean): void {
  const { owner, rawRequest, rawResponse } = record;
  if (typeof rawResponse.on !== 'function') {
    return;
  }
  const over =
    rawResponse.req === rawRequest
      ? onResponseOver
      : (): void => owner.complete(record, finalStatus(rawResponse, rawRequest));
  rawResponse.on('close', over);
  if (!served) {
    rawResponse.on('finish', over);
  }
}

function isExcludedPath(rawUrl: string, excludedPaths: readonly RegExp[]): boolean {
  const path = pathOf(rawUrl);
  return excludedPaths.some((excluded) => {
    excluded.lastIndex = 0;
    return excluded.test(path);
  });
}

/** Above any status, so that method and status make one number. */
const STATUSES = 1024;
/** Of what is counted from 0 up. */
const NEVER = -1;

/** Records one app's requests: whoever sees one first begins its record, the end of its response completes it. */
export class HttpRecorder implements RequestOwner {
  /** Notes at a request that is over the route it took, where nothing has done so on its way. */
  findRoute: (record: RequestRecord) => RouteRecord | undefined = (record) => record.route;
  /** Series of requests without a route. */
  private readonly unmatched = new SeriesMemory();
  private readonly methods = new RequestMethods();
  private readonly batch: RequestBatch;
  private readonly sizes: BodySizes | undefined;
  /** Requests whose end Node is to tell. */
  private told = 0;
  /** How many are left when it need not tell any longer. */
  private lastTold = NEVER;
  // Of others, so that a request asks one object.
  private readonly excludedPaths: readonly RegExp[] | undefined;
  /** Path of the endpoint in the app, if it has one. */
  private endpointPath = '';
  private endpointEnd = -1;
  private endpointEndsIn = NaN;
  /** Statuses below it have series that are remembered. */
  private readonly remembered: number;

  constructor(
    private readonly metrics: HttpMetrics,
    private readonly labels: HttpLabels,
    { sizes, excludedPaths }: RecorderOptions,
  ) {
    this.batch = new RequestBatch(metrics);
    this.sizes = sizes ? new BodySizes() : undefined;
    this.excludedPaths = excludedPaths.length > 0 ? excludedPaths : undefined;
    // What a client can make up is not kept: it would grow with the traffic.
    this.remembered = labels.fixed ? STATUSES : 0;
  }

  /** Requests for this path are scrapes from the first on: also those that a guard refuses. */
  expectScrapes(path: string): void {
    this.endpointPath = path;
    this.endpointEnd = path.length - 1;
    this.endpointEndsIn = path.charCodeAt(this.endpointEnd);
  }

  /** Has Node tell of the ends of responses. */
  open(): void {
    awaitSent();
  }

  /** From now on nobody need tell; requests in progress are still recorded, and those that come all the same. */
  close(): void {
    this.lastTold = 0;
    if (this.told === 0) {
      leaveSent();
    }
    this.batch.close();
  }

  private get isOpen(): boolean {
    return this.lastTold === NEVER;
  }

  /** Whether functions of the app are given the framework's request, of whatever requests there are. */
  get asksRequests(): boolean {
    return this.labels.asksRequests;
  }

  /** The record that this app has of a request, if it has begun one. */
  begun(request: object): RequestRecord | undefined {
    let record = recordOf(request);
    while (record !== undefined && record.owner !== this) {
      record = record.outer;
    }
    return record;
  }

  /**
   * Begins a request's record and waits for the end of its response.
   *
   * @param received whether Node tells that a server of its own received it.
   */
  begin(request: IncomingMessage, response: ServerResponse, target: string, received = false): RequestRecord {
    const start = now();
    const method = this.methods.named(request.method ?? '');
    const record = new RequestRecord(this, start, method, target, request, response);
    attachRecord(request, record);
    if (record.outer !== undefined) {
      this.takeOver(record);
    }
    if (this.mayBeScrape(target) && this.isScrape(record)) {
      record.forget();
    }
    if (this.excludedPaths !== undefined && isExcludedPath(record.rawUrl, this.excludedPaths)) {
      record.exclude();
    }
    if (record.counts) {
      this.batch.begin(method);
      this.sizes?.watch(record);
    }
    const served = watchConnection(record) && (received || isServed(record));
    if (served && this.isOpen && tellsOfSent()) {
      this.told += 1;
    } else {
      record.leaveUntold();
      awaitEvents(record, served);
    }
    return record;
  }

  /** Where the app that got the request first, with this one mounted in it, has the same metrics: counts it once. */
  private takeOver(record: RequestRecord): void {
    for (let { outer } = record; outer !== undefined; outer = outer.outer) {
      if (outer.owner instanceof HttpRecorder && outer.owner.metrics.areThoseOf(this.metrics)) {
        outer.owner.forget(outer);
      }
    }
  }

  /** Completes a record with the status that is known of its response. */
  complete(record: RequestRecord, status: number): void {
    if (record.ended) {
      return;
    }
    const seconds = now() - record.start;
    record.end(status);
    leaveConnection(record);
    if (record.told) {
      this.told -= 1;
      if (this.told === this.lastTold) {
        leaveSent();
      }
    }
    if (record.counts) {
      this.batch.end(record.method);
      const series = this.seriesOf(record, status);
      if (series !== undefined) {
        this.batch.add(series, seconds);
        if (record.failed) {
          series.exceptions.add(1);
        }
        this.sizes?.observe(record, series);
      }
    }
    record.tell();
  }

  forget(record: RequestRecord): void {
    if (!record.ended && record.counts) {
      this.batch.end(record.method);
    }
    record.forget();
  }

  fail(record: RequestRecord): void {
    if (record.failed) {
      return;
    }
    record.fail();
    // The client has left before the app threw.
    if (record.ended && record.counts) {
      this.seriesOf(record, record.status)?.exceptions.add(1);
    }
  }

  /** `undefined` where the request is not to be recorded. */
  private seriesOf(record: RequestRecord, status: number): RequestSeries | undefined {
    const route = this.findRoute(record);
    const known = route === undefined ? this.unmatched : route.series;
    if (known === undefined) {
      return undefined;
    }
    if (!(status < this.remembered)) {
      return this.metrics.seriesOf(this.labels.valuesOf(record, status, route));
    }
    const key = record.method.number * STATUSES + status;
    let series = known.get(key);
    if (series === undefined) {
      series = this.metrics.seriesOf(this.labels.valuesOf(record, status, route));
      known.set(key, series);
    }
    return series;
  }

  /** Whether the path can be the endpoint's, by one character: the last, since the first ones are often alike. */
  private mayBeScrape(target: string): boolean {
    return target.charCodeAt(this.endpointEnd) === this.endpointEndsIn || !isOriginForm(target);
  }

  private isScrape({ method, rawUrl }: RequestRecord): boolean {
    const path = this.endpointPath;
    return (
      path !== '' &&
      rawUrl.startsWith(path) &&
      (rawUrl.length === path.length || rawUrl[path.length] === '?') &&
      (method.name === 'GET' || method.name === 'HEAD')
    );
  }
}
