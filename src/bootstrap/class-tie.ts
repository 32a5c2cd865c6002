import { forEachOf } from './all-failures.js';
import type { Dressing } from './dressing.js';
import type { Recorder } from './recorder.js';
import { classOf, ties, type Tie, type TieSource } from './tie.js';
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
    const { recorders } = this;
    if (recorders === undefined || !this.app.isRunning) {
      return undefined;
    }
    return recorders.has(dressing) ? recorders.get(dressing) : this.recorderOfOther(dressing);
  }

  /** Timers and emitters call a listener on themselves: it is the method that its class declares all the same. */
  private recorderOfOther(dressing: Dressing): Recorder | undefined {
    const { prototype } = dressing;
    const declaring = classOf(prototype);
    return declaring?.prototype === prototype && !inherits(this.target, prototype)
      ? this.app.tieFor(declaring).recorderOf(dressing)
      : undefined;
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
