import { forEachOf } from './all-failures.js';
import type { Dressing } from './dressing.js';
import type { Recorder } from './recorder.js';
import { ties, type Tie, type TieSource } from './tie.js';
import { dressingsOf } from './wardrobe.js';

/** Makes the recorder of a method of a class; `undefined` where there is nothing to record. */
export type MakeRecorder = (target: Function, dressing: Dressing) => Recorder | undefined;

/** Whether instances of the class have what is on this prototype. */
function inherits(target: Function, prototype: object): boolean {
  const own: unknown = target.prototype;
  return own === prototype || Object.prototype.isPrototypeOf.call(prototype, own as object);
}

/** The recorders of one class in one app. */
export class ClassTie implements Tie {
  private recorders: Map<Dressing, Recorder | undefined> | undefined;

  constructor(
    readonly target: Function,
    private readonly app: TieSource & { readonly isRunning: boolean },
  ) {}

  recorderOf(dressing: Dressing): Recorder | undefined {
    if (!this.app.isRunning) {
      return undefined;
    }
    const declaring = dressing.prototype.constructor;
    // Timers and emitters call a listener on themselves: it is the method that its class declares all the same.
    return inherits(this.target, dressing.prototype) || !inherits(declaring, dressing.prototype)
      ? this.recorders?.get(dressing)
      : this.app.tieFor(declaring).recorderOf(dressing);
  }

  /** Makes all recorders, and the series that are to be there at first. Throws where a metric can't be made. */
  resolve(make: MakeRecorder): void {
    const recorders = new Map<Dressing, Recorder | undefined>();
    forEachOf(dressingsOf(this.target), (dressing) => {
      const recorder = make(this.target, dressing);
      recorder?.initialize();
      recorders.set(dressing, recorder);
    });
    this.recorders = recorders;
    ties.changes++;
  }
}
