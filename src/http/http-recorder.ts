import type { IncomingMessage, ServerResponse } from 'node:http';
import { now } from '../clock.js';
import type { BoundSeries } from '../series/bound-series.js';
import { BodySizes } from './body-sizes.js';
import type { HttpLabels } from './http-labels.js';
import type { HttpMetrics } from './http-metrics.js';
import { RequestMethods, type RequestMethod } from './request-methods.js';
import type { RequestSeries } from './request-series.js';
import { originForm, pathOf } from './request-target.js';
import { endAll, leaveConnection, watchConnection } from './connection.js';
import { RequestRecord, attachRecord, recordOf, type RequestOwner } from './request-record.js';
import { finalStatus } from './response-end.js';
import type { RouteRecord } from './route-record.js';
import { SeriesMemory } from './series-memory.js';
import { awaitSent, leaveSent, tellsOfSent } from './sent-responses.js';

export interface RecorderOptions {
  readonly excludedPaths: readonly RegExp[];
  readonly sizes: boolean;
  /** Path of the endpoint in the app, if it has one. */
  readonly endpointPath: string | undefined;
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

/** Above any status, so that method and status make one number. */
const STATUSES = 1024;
/** Records one app's requests: whoever sees one first begins its record, the end of its response completes it. */
export class HttpRecorder implements RequestOwner {
  /** Notes at a request that is over the route it took, where nothing has done so on its way. */
  findRoute: (record: RequestRecord) => RouteRecord | undefined = (record) => record.route;
  /** Series of requests without a route. */
  private readonly unmatched = new SeriesMemory();
  private readonly methods = new RequestMethods();
  private readonly sizes: BodySizes | undefined;
  // Of others, so that a request asks one object.
  private readonly excludes: boolean;
  private readonly computed: boolean;
  private readonly endpointEnd: number;
  private readonly endpointEndsIn: number;

  constructor(
    private readonly metrics: HttpMetrics,
    private readonly labels: HttpLabels,
    private readonly options: RecorderOptions,
  ) {
    const { sizes, excludedPaths, endpointPath = '' } = options;
    this.sizes = sizes ? new BodySizes() : undefined;
    this.excludes = excludedPaths.length > 0;
    this.computed = !labels.fixed;
    this.endpointEnd = endpointPath.length - 1;
    this.endpointEndsIn = endpointPath.charCodeAt(this.endpointEnd);
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
  begin(request: IncomingMessage, response: ServerResponse, url: string, received = false): RequestRecord {
    const rawUrl = originForm(url);
    const record = new RequestRecord(
      this,
      now(),
      this.methods.named(request.method ?? ''),
      rawUrl,
      request,
      response,
      this.excludes && this.isExcludedPath(rawUrl),
    );
    attachRecord(request, record);
    if (record.outer !== undefined) {
      this.takeOver(record);
    }
    record.scrape = this.mayBeScrape(rawUrl) && this.isScrape(record);
    if (!record.scrape && !record.excluded) {
      record.inProgress = this.gaugeOf(record.method);
      record.inProgress.add(1);
      this.sizes?.watch(record);
    }
    const served = watchConnection(record) && (received || isServed(record));
    if (served && tellsOfSent()) {
      record.untold = false;
      awaitSent();
    } else {
      this.awaitEvents(record, served);
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

  private awaitEvents(record: RequestRecord, served: boolean): void {
    const { rawRequest, rawResponse } = record;
    if (typeof rawResponse.on !== 'function') {
      return;
    }
    const over =
      rawResponse.req === rawRequest
        ? onResponseOver
        : (): void => this.complete(record, finalStatus(rawResponse, rawRequest));
    rawResponse.on('close', over);
    if (!served) {
      rawResponse.on('finish', over);
    }
  }

  /** Completes a record with the status that is known of its response. */
  complete(record: RequestRecord, status: number): void {
    if (record.ended) {
      return;
    }
    const seconds = now() - record.start;
    leaveConnection(record);
    if (!record.untold) {
      leaveSent();
    }
    // In progress are those that are to be recorded.
    if (record.inProgress !== undefined) {
      this.leave(record);
      const series = this.seriesOf(record, status);
      if (series !== undefined) {
        series.duration.observe(seconds);
        series.total.add(1);
        if (record.failed) {
          series.exceptions.add(1);
        }
        this.sizes?.observe(record, series);
      }
    }
    record.end(status);
  }

  forget(record: RequestRecord): void {
    record.scrape = true;
    this.leave(record);
  }

  fail(record: RequestRecord): void {
    if (record.failed) {
      return;
    }
    record.failed = true;
    // The client has left before the app threw.
    if (record.ended && !record.scrape && !record.excluded) {
      this.seriesOf(record, record.status)?.exceptions.add(1);
    }
  }

  private leave(record: RequestRecord): void {
    record.inProgress?.add(-1);
    record.inProgress = undefined;
  }

  /** `undefined` where the request is not to be recorded. */
  private seriesOf(record: RequestRecord, status: number): RequestSeries | undefined {
    const route = this.findRoute(record);
    if (route !== undefined && route.ignored) {
      return undefined;
    }
    // What a client can make up is not kept: it would grow with the traffic.
    if (this.computed || !(status < STATUSES)) {
      return this.metrics.seriesOf(this.labels.valuesOf(record, status, route));
    }
    const known = route === undefined ? this.unmatched : route.series;
    const key = record.method.number * STATUSES + status;
    let series = known.get(key);
    if (series === undefined) {
      series = this.metrics.seriesOf(this.labels.valuesOf(record, status, route));
      known.set(key, series);
    }
    return series;
  }

  private gaugeOf(method: RequestMethod): BoundSeries {
    return (method.inProgress ??= this.metrics.inProgressOf(method.name));
  }

  /** Whether the path can be the endpoint's, by one character: the last, since the first ones are often alike. */
  private mayBeScrape(rawUrl: string): boolean {
    return rawUrl.charCodeAt(this.endpointEnd) === this.endpointEndsIn;
  }

  private isExcludedPath(rawUrl: string): boolean {
    const path = pathOf(rawUrl);
    return this.options.excludedPaths.some((excluded) => {
      excluded.lastIndex = 0;
      return excluded.test(path);
    });
  }

  private isScrape({ method, rawUrl }: RequestRecord): boolean {
    const path = this.options.endpointPath;
    return (
      path !== undefined &&
      rawUrl.startsWith(path) &&
      (rawUrl.length === path.length || rawUrl[path.length] === '?') &&
      (method.name === 'GET' || method.name === 'HEAD')
    );
  }
}
