import { currentRequest, type CurrentRequest } from '../http/request-context.js';
import type { MetricContext } from '../labels/metric-context.js';
import type { BoundSeries } from '../series/bound-series.js';
import { unrecorded, type Unrecorded } from '../series/unrecorded.js';
import type { ComputedRecord } from './computed-record.js';
import type { OpenCall } from './open-call.js';
import type { Progress, Recorder } from './recorder.js';

/** In place of what `recorder.begin()` gives. */
const NOT_BEGUN = -1;

/**
 * A call whose label functions run before it (gauges) and after it. Made before the method is called, since there may
 * be no stack for it afterwards. Few fields: V8 has to fill them at each call.
 */
export class ComputedCall implements OpenCall, Progress, Unrecorded {
  before: Unrecorded | undefined = undefined;
  /** How many are made of all its records: those whose labels are known beforehand, gauges, computed ones. */
  step = 0;
  isOpen = true;
  succeeded = true;
  /** What it gave or threw. */
  outcome: unknown = undefined;
  /** When it began; once it has ended, the seconds it took, or 0 where the stack has no room for the clock. */
  time = NOT_BEGUN;
  /** The gauges with computed labels that it has moved. */
  private moved: BoundSeries[] | undefined = undefined;
  /** The request during which the method is called, where the app asks for that. */
  private readonly during: CurrentRequest | undefined;

  constructor(
    readonly recorder: Recorder,
    protected readonly args: readonly unknown[],
  ) {
    this.during = recorder.options.followsRequests ? currentRequest() : undefined;
  }

  /** Where the stack has no room for it, nothing is begun, or what is will be taken back. */
  begin(): void {
    try {
      if (this.recorder.isToldBefore) {
        this.tellBefore();
      }
      this.time = this.recorder.begin();
    } catch (error) {
      this.isOpen = false;
      this.before = unrecorded.last;
      unrecorded.last = this;
      throw error;
    }
  }

  close(succeeded: boolean, outcome: unknown, isLate = false): void {
    if (!this.isOpen) {
      return;
    }
    this.isOpen = false;
    this.succeeded = succeeded;
    this.outcome = outcome;
    let seconds = 0;
    try {
      seconds = isLate ? 0 : this.recorder.secondsSince(this.time);
      this.time = seconds;
      this.recordRest();
    } catch {
      // The stack is full.
      this.time = seconds;
      this.before = unrecorded.last;
      unrecorded.last = this;
    }
  }

  recordRest(): void {
    if (!this.isBegun) {
      this.moveBack(0);
      return;
    }
    const { recorder } = this;
    let made = recorder.recordBound(this, this.succeeded, this.time);
    if (this.moved !== undefined) {
      made = this.moveBack(made);
    }
    if (recorder.computed.length > 0) {
      this.recordOutcome(made);
    }
  }

  /** Moves gauges back all the same. */
  giveUp(): void {
    this.moveBack(this.isBegun ? this.recorder.recordWhatCan(this, this.succeeded, this.time) : 0);
  }

  protected get isBegun(): boolean {
    return this.time !== NOT_BEGUN;
  }

  cancel(): void {
    if (this.isOpen) {
      this.recorder.cancel();
      this.moveBack(this.step);
      this.isOpen = false;
    }
  }

  again(): OpenCall {
    const call = this.copy();
    call.begin();
    return call;
  }

  protected copy(): ComputedCall {
    return new ComputedCall(this.recorder, this.args);
  }

  /** What label functions are given before the call. */
  protected contextBefore(): MetricContext {
    const { className, methodName } = this.recorder.options.method;
    return this.withRequest({ className, methodName, args: this.args });
  }

  /** Makes the records with computed labels, of which the first is after so many others. */
  protected recordOutcome(after: number): void {
    const { succeeded, outcome, args } = this;
    const { className, methodName } = this.recorder.options.method;
    // Whole from the start: V8 keeps what is added to an object literal in a second object.
    const context = succeeded
      ? { className, methodName, args, result: outcome }
      : { className, methodName, args, error: outcome };
    this.recordComputed(this.withRequest(context), after);
  }

  protected recordComputed(context: MetricContext, after: number): void {
    const { computed } = this.recorder;
    for (let i = this.step - after; i < computed.length; i++) {
      (computed[i] as ComputedRecord).record(context, this.succeeded, this.time);
      this.step++;
    }
  }

  /** Moves the gauges whose labels are computed. */
  protected tellBefore(): void {
    if (this.recorder.hasComputedGauges) {
      this.moved = [];
      this.recorder.moveComputedGauges(this.contextBefore(), this.moved);
    }
  }

  /** Moves them back, as the records after so many others, and gives how many these are then. */
  private moveBack(after: number): number {
    const moved = this.moved ?? [];
    for (let i = this.step - after; i < moved.length; i++) {
      (moved[i] as BoundSeries).add(-1);
      this.step++;
    }
    return after + moved.length;
  }

  private withRequest(context: object): MetricContext {
    return (this.during === undefined ? context : { ...context, ...this.during }) as MetricContext;
  }
}
