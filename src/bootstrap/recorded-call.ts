import { currentRequest } from '../http/request-context.js';
import {
  recordOf,
  whenOver,
  type HandlerCall,
  type OverListener,
  type OverRequest,
} from '../http/request-record.js';
import { responseOf } from '../http/remembered-response.js';
import type { MetricContext } from '../labels/metric-context.js';
import type { BoundSeries } from '../series/bound-series.js';
import type { OpenCall } from './open-call.js';
import { move, type Recorder } from './recorder.js';

/** A call all of whose labels are known beforehand. */
export class BoundCall implements OpenCall {
  isOpen = true;

  constructor(
    readonly recorder: Recorder,
    /** What `recorder.begin()` gave. */
    private readonly start: number,
  ) {}

  close(succeeded: boolean): void {
    if (this.isOpen) {
      this.recorder.end(succeeded, this.start);
      // Last, since where the stack is full it is to be closed once more.
      this.isOpen = false;
    }
  }

  cancel(): void {
    this.isOpen = false;
    this.recorder.cancel();
  }

  again(): OpenCall {
    return new BoundCall(this.recorder, this.recorder.begin());
  }
}

/**
 * A call whose label functions run before it (gauges), after it, or in an HTTP handler when the response
 * is over. Few fields, and nothing is done while it is made: so V8 makes it without calling its constructor.
 */
export class ComputedCall implements OpenCall, OverListener {
  private outcome: unknown = undefined;
  private isOpen = true;
  private succeeded = false;

  constructor(
    readonly recorder: Recorder,
    private readonly args: readonly unknown[],
    /** The request that Nest's router handed over, where it called the method as a handler. */
    private readonly request: object | undefined,
    /** The gauges with computed labels that it has moved. */
    private readonly moved: readonly BoundSeries[] | undefined,
    /** What `recorder.begin()` gave; once it has ended, the seconds it took. */
    private time: number,
  ) {}

  close(succeeded: boolean, result: unknown, error?: unknown): void {
    if (!this.isOpen) {
      return;
    }
    const { recorder, args, request, moved } = this;
    const outcome = succeeded ? result : error;
    if (request === undefined) {
      endComputed(recorder, args, moved, this.time, succeeded, outcome);
      // As above.
      this.isOpen = false;
      return;
    }
    this.isOpen = false;
    const seconds = recorder.secondsSince(this.time);
    recorder.finish(succeeded, seconds, moved);
    if (recorder.isToldBefore) {
      note(recorder, request, succeeded ? { args, result } : { args, error });
    }
    if (recorder.hasComputedEnd) {
      this.succeeded = succeeded;
      this.outcome = outcome;
      this.time = seconds;
      whenOver(request, this);
    }
  }

  over({ status, response }: OverRequest): void {
    const { recorder, succeeded, outcome, args, request } = this;
    const { className, methodName, controller, handler } = recorder.options.method;
    // Whole from the start: V8 keeps what is added to an object literal in a second object.
    const context = succeeded
      ? { className, methodName, args, result: outcome, request, response, status, controller, handler }
      : { className, methodName, args, error: outcome, request, response, status, controller, handler };
    recorder.recordComputed(context as MetricContext, succeeded, this.time);
  }

  cancel(): void {
    this.isOpen = false;
    this.recorder.cancel();
    move(this.moved ?? [], -1);
  }

  again(): OpenCall {
    const { recorder, args, request } = this;
    const moved: BoundSeries[] = [];
    tellBefore(recorder, args, request, moved);
    return new ComputedCall(recorder, args, request, moved, recorder.begin());
  }
}

/** Ends a call of what is no handler. It needs no `ComputedCall`, since most calls end before they return. */
export function endComputed(
  recorder: Recorder,
  args: readonly unknown[],
  moved: readonly BoundSeries[] | undefined,
  start: number,
  succeeded: boolean,
  outcome: unknown,
): void {
  const seconds = recorder.secondsSince(start);
  if (recorder.hasComputedEnd) {
    recorder.recordComputed(contextAfter(recorder, args, succeeded, outcome), succeeded, seconds);
  }
  recorder.finish(succeeded, seconds, moved);
}

/** What label functions get of a call of what is no handler. */
export function contextAfter(
  recorder: Recorder,
  args: readonly unknown[],
  succeeded: boolean,
  outcome: unknown,
): MetricContext {
  const { className, methodName } = recorder.options.method;
  // As above.
  const context = succeeded
    ? { className, methodName, args, result: outcome }
    : { className, methodName, args, error: outcome };
  return withRequest(recorder, context);
}

/** Notes the call at its request, and moves the gauges whose labels are computed; `moved` gets these. */
export function tellBefore(
  recorder: Recorder,
  args: readonly unknown[],
  request: object | undefined,
  moved: BoundSeries[],
): void {
  note(recorder, request, { args });
  if (recorder.hasComputedGauges) {
    recorder.moveComputedGauges(contextBefore(recorder, args, request), moved);
  }
}

function note({ options }: Recorder, request: object | undefined, call: HandlerCall['call']): void {
  if (!options.notesCalls || request === undefined) {
    return;
  }
  const { controller, methodName } = options.method;
  for (let record = recordOf(request); record !== undefined; record = record.outer) {
    record.handled = { controller, methodName, call };
  }
}

function contextBefore(
  recorder: Recorder,
  args: readonly unknown[],
  request: object | undefined,
): MetricContext {
  const { className, methodName, controller, handler } = recorder.options.method;
  if (request !== undefined) {
    const response = recordOf(request)?.response ?? responseOf(request);
    return { className, methodName, args, request, response, controller, handler } as MetricContext;
  }
  return withRequest(recorder, { className, methodName, args });
}

/** Adds the request during which a method that is no handler is called, where the app asks for that. */
function withRequest({ options }: Recorder, context: object): MetricContext {
  return (options.followsRequests ? { ...context, ...currentRequest() } : context) as MetricContext;
}
