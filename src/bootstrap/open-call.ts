/** A recorded call that is not over yet. */
export interface OpenCall {
  /** What records it: the same for all calls of a method. */
  readonly recorder: object;
  /**
   * Records that it is over, with what it gave or threw. The first time counts.
   *
   * @param isLate it has been over for a while, and nobody knows what it took: no time.
   */
  close(succeeded: boolean, outcome: unknown, isLate?: boolean): void;
  /** Takes back that it was begun, unless it is over. */
  cancel(): void;
  /** Begins the same call once more. */
  again(): OpenCall;
}
