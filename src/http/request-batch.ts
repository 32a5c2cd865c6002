import { settleBeforeReading, settlePending, type PendingRecords } from '../series/pending-records.js';
import type { HttpMetrics } from './http-metrics.js';
import type { RequestMethod } from './request-methods.js';
import type { RequestSeries } from './request-series.js';

/** Requests that wait at most. */
const SIZE = 32;

/**
 * What requests are to add to their series, and have not yet. Code and numbers that a request needs for the first
 * time since the one before it have to come from the processor's slower caches: many in a row take a fraction of the
 * time of each alone.
 */
export class RequestBatch implements PendingRecords {
  /** Those that were ever in progress. */
  private readonly methods: RequestMethod[] = [];
  private readonly series = Array.from({ length: SIZE }, (): RequestSeries | undefined => undefined);
  private readonly seconds = new Float64Array(SIZE);
  private length = 0;
  private awaitsReading = false;
  /** Whether nothing is to wait. */
  private atOnce: boolean;

  constructor(private readonly metrics: HttpMetrics) {
    this.atOnce = !metrics.timeless;
  }

  /** A request is in progress. */
  begin(method: RequestMethod): void {
    method.begun += 1;
    if (method.begun === 1) {
      this.awaitReading(method);
    }
  }

  /** A request is over; `series`: where it is to be recorded. */
  end(method: RequestMethod, series: RequestSeries | undefined, seconds: number): void {
    method.ended += 1;
    const at = this.length;
    this.series[at] = series;
    this.seconds[at] = seconds;
    this.length = at + 1;
    if (at === SIZE - 1) {
      this.record();
    }
    if (method.ended === 1) {
      this.awaitReading(method);
    }
  }

  /** From now on nothing waits: nobody may ever read again. */
  close(): void {
    this.atOnce = true;
    settlePending();
  }

  settle(): void {
    this.awaitsReading = false;
    this.record();
    for (const method of this.methods) {
      const { begun, ended } = method;
      if (begun > 0 || ended > 0) {
        method.begun = 0;
        method.ended = 0;
        method.inProgress?.add(begun - ended);
      }
    }
  }

  /** With the first request of a method that begins or ends. */
  private awaitReading(method: RequestMethod): void {
    if (method.inProgress === undefined) {
      method.inProgress = this.metrics.inProgressOf(method.name);
      this.methods.push(method);
    }
    if (this.atOnce) {
      this.settle();
    } else if (!this.awaitsReading) {
      this.awaitsReading = true;
      settleBeforeReading(this);
    }
  }

  private record(): void {
    const { series, seconds, length } = this;
    this.length = 0;
    for (let i = 0; i < length; i++) {
      const to = series[i];
      if (to !== undefined) {
        to.duration.observe(seconds[i] as number);
        to.total.add(1);
      }
    }
  }
}
