import type { Recorder } from './recorder.js';
import { tieOf, ties, type Tie } from './tie.js';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * A method in its dress: the function that stands on the prototype in its place, once per process, and
 * asks at each call which recorder the instance's app has for it.
 */
export class Dressing {
  readonly dressed: Method;
  /** The recorder that was found last: most methods are called on instances of one class of one app. */
  private lastTie: Tie | undefined = undefined;
  private lastRecorder: Recorder | undefined = undefined;
  private lastChange = -1;

  constructor(
    readonly prototype: object,
    readonly name: string | symbol,
    /** What the prototype had, or where it inherited the method, what passes the call on. */
    readonly original: Method,
    /** The method was inherited, and got a place of its own on this prototype. */
    readonly isForwarder: boolean,
    dress: (dressing: Dressing) => Method,
  ) {
    this.dressed = dress(this);
  }

  /** What records the calls on an instance. */
  recorderFor(instance: unknown): Recorder | undefined {
    const tie = tieOf(instance, this.prototype);
    if (tie !== this.lastTie || ties.changes !== this.lastChange) {
      this.lastTie = tie;
      this.lastRecorder = tie?.recorderOf(this);
      this.lastChange = ties.changes;
    }
    return this.lastRecorder;
  }
}
