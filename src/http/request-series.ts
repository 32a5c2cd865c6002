import type { CounterChild } from '../series/counter.js';
import type { ObserverChild } from '../series/histogram.js';

/** The series that one kind of requests goes to. */
export interface RequestSeries {
  readonly duration: ObserverChild;
  readonly total: CounterChild;
  readonly exceptions: CounterChild;
  readonly requestSize: ObserverChild | undefined;
  readonly responseSize: ObserverChild | undefined;
}
