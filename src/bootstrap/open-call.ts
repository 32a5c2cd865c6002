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

/** A call that threw and is not ended yet. */
export interface ThrownCall extends OpenCall {
  /** What it threw. */
  outcome: unknown;
  /** The recorder's one before it. */
  thrownBefore: ThrownCall | undefined;
}
