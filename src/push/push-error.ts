/** What a gateway answered, or what kept it from answering. */
export interface PushFailure {
  readonly status?: number;
  readonly body?: string;
  readonly cause?: unknown;
}

/** A push or deletion that the gateway did not take. Neither it nor its message holds credentials. */
export class PushError extends Error {
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** The beginning of the answer's body, at most 2000 characters. */
  readonly body: string | undefined;

  constructor(message: string, { status, body, cause }: PushFailure = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PushError';
    this.status = status;
    this.body = body;
  }
}
