import type { ObserverChild } from '../series/histogram.js';

/** A series to which is added: of a counter, or of a gauge. */
export interface AddedTo {
  add(delta: number): void;
}

/** The series that one kind of requests goes to. */
export interface RequestSeries {
  readonly duration: ObserverChild;
  readonly total: AddedTo;
  readonly exceptions: AddedTo;
  readonly requestSize: ObserverChild | undefined;
  readonly responseSize: ObserverChild | undefined;
}
