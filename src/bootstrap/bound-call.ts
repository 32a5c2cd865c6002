import type { OpenCall } from './open-call.js';
import type { Progress, Recorder } from './recorder.js';
import { unrecorded, type Unrecorded } from '../series/unrecorded.js';

/** A call that outlasts its return, and all of whose labels are known beforehand. */
export class BoundCall implements OpenCall, Progress, Unrecorded {
  before: Unrecorded | undefined = undefined;
  step = 0;
  isOpen = true;
  private succeeded = true;
  private seconds = 0;

  constructor(
    readonly recorder: Recorder,
    /** What `recorder.begin()` gave. */
    private readonly start: number,
  ) {}

  close(succeeded: boolean, _outcome?: unknown, isLate = false): void {
    if (!this.isOpen) {
      return;
    }
    this.isOpen = false;
    this.succeeded = succeeded;
    try {
      this.seconds = isLate ? 0 : this.recorder.secondsSince(this.start);
      this.recordRest();
    } catch {
      // The stack is full.
      this.before = unrecorded.last;
      unrecorded.last = this;
    }
  }

  recordRest(): void {
    this.recorder.recordBound(this, this.succeeded, this.seconds);
  }

  giveUp(): void {
    this.recorder.recordWhatCan(this, this.succeeded, this.seconds);
  }

  cancel(): void {
    if (this.isOpen) {
      this.recorder.cancel();
      this.isOpen = false;
    }
  }

  again(): OpenCall {
    return new BoundCall(this.recorder, this.recorder.begin());
  }
}
