import { forEachOf } from './all-failures.js';
import type { Dressing } from './dressing.js';
import type { Recorder } from './recorder.js';
import { ties, type Tie } from './tie.js';
import { dressingsOf } from './wardrobe.js';

/** Makes the recorder of a method of a class; `undefined` where there is nothing to record. */
export type MakeRecorder = (target: Function, dressing: Dressing) => Recorder | undefined;

/** The recorders of one class in one app. */
export class ClassTie implements Tie {
  private recorders: Map<Dressing, Recorder | undefined> | undefined;

  constructor(
    readonly target: Function,
    private readonly app: { readonly isRunning: boolean },
  ) {}

  recorderOf(dressing: Dressing): Recorder | undefined {
    return this.app.isRunning ? this.recorders?.get(dressing) : undefined;
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
