import type { BoundSeries } from '../series/bound-series.js';

/** A recorded call that is not over yet. */
export interface OpenCall {
  /** What records it: the same for all calls of a method. */
  readonly recorder: object;
  /** Records that it is over, with what it gave or threw. Never throws; the first time counts. */
  close(succeeded: boolean, result: unknown, error?: unknown): void;
  /** Takes back that it was begun: its result will be recorded each time somebody asks for it. */
  cancel(): void;
  /** Begins the same call once more. */
  again(): OpenCall;
}

/** A call that is over and not recorded yet, of a method whose labels are computed. */
export interface NotedCall {
  /** The recorder's one before it. */
  readonly before: NotedCall | undefined;
  readonly succeeded: boolean;
  /** What it gave or threw. */
  readonly outcome: unknown;
  /** What `recorder.begin()` gave, or `NOT_BEGUN`. */
  readonly start: number;
  /** How many records were made of it. */
  readonly step: number;
  readonly args: readonly unknown[];
  readonly request?: object | undefined;
  /** The gauges with computed labels that it has moved. */
  readonly moved: readonly BoundSeries[] | undefined;
  /** Made already, where what it gave is an object; it may be closed since. */
  readonly call?: OpenCall | undefined;
}

/** In place of what `recorder.begin()` gives, of a call that failed before. */
export const NOT_BEGUN = -1;
