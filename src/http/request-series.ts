import type { BoundSeries } from '../series/bound-series.js';
import type { ObserverChild } from '../series/histogram.js';

/** The series that one kind of requests goes to. */
export interface RequestSeries {
  readonly duration: ObserverChild;
  readonly total: BoundSeries;
  readonly exceptions: BoundSeries;
  readonly requestSize: ObserverChild | undefined;
  readonly responseSize: ObserverChild | undefined;
}
