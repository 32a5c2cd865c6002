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
  /** Who comes to this place has all that wait recorded: with 0, nobody waits. */
  private last: number;
  private awaitsReading = false;

  constructor(private readonly metrics: HttpMetrics) {
    this.last = metrics.timeless ? SIZE - 1 : 0;
  }

  /** A request is in progress. */
  begin(method: RequestMethod): void {
    method.begun += 1;
    if (method.begun === 1) {
      this.changed(method);
    }
  }

  /** It is no longer. */
  end(method: RequestMethod): void {
    method.ended += 1;
    if (method.ended === 1) {
      this.changed(method);
    }
  }

  /** It is to be recorded. */
  add(series: RequestSeries, seconds: number): void {
    const at = this.length;
    this.series[at] = series;
    this.seconds[at] = seconds;
    this.length = at + 1;
    if (at === this.last) {
      this.record();
    } else if (at === 0) {
      this.awaitReading();
    }
  }

  /** From now on nothing waits: nobody may ever read again. */
  close(): void {
    this.last = 0;
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

  /** By the first request of a method that begins, or ends, since the last reading. */
  private changed(method: RequestMethod): void {
    if (method.inProgress === undefined) {
      method.inProgress = this.metrics.inProgressOf(method.name);
      this.methods.push(method);
    }
    if (this.last === 0) {
      this.settle();
    } else {
      this.awaitReading();
    }
  }

  private awaitReading(): void {
    if (!this.awaitsReading) {
      this.awaitsReading = true;
      settleBeforeReading(this);
    }
  }

  private record(): void {
    const { series, seconds, length } = this;
    this.length = 0;
    for (let i = 0; i < length; i++) {
      const to = series[i] as RequestSeries;
      series[i] = undefined;
      try {
        to.duration.observe(seconds[i] as number);
        to.total.add(1);
      } catch {
        // There is no memory for its series: whoever reads has not asked for it, and the others have theirs.
      }
    }
  }
}
