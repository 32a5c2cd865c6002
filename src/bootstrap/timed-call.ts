import { now } from '../clock.js';
import type { OpenCall } from './open-call.js';

/** A call whose seconds are all that is recorded of it. */
export class TimedCall implements OpenCall {
  private isOpen = true;
  private readonly start = now();

  constructor(readonly recorder: { observe(seconds: number): void }) {}

  close(_succeeded?: boolean, _outcome?: unknown, isLate = false): void {
    if (this.isOpen) {
      this.isOpen = false;
      this.recorder.observe(isLate ? 0 : now() - this.start);
    }
  }

  cancel(): void {
    this.isOpen = false;
  }

  again(): OpenCall {
    return new TimedCall(this.recorder);
  }
}
