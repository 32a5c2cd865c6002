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
import type { OpenCall, ThrownCall } from './open-call.js';
import type { Recorder } from './recorder.js';

/** A call all of whose labels are known beforehand. */
export class BoundCall implements OpenCall {
  private isOpen = true;

  constructor(
    readonly recorder: Recorder,
    /** What `recorder.begin()` gave. */
    private readonly start: number,
  ) {}

  close(succeeded: boolean): void {
    if (this.isOpen) {
      this.isOpen = false;
      this.recorder.end(succeeded, this.start);
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
 * is over.
 */
export class ComputedCall implements ThrownCall, OverListener {
  thrown: unknown = undefined;
  thrownBefore: ThrownCall | undefined = undefined;
  private isOpen = true;
  private succeeded = false;
  /** Once it has ended: what it gave or threw, and how long it took. */
  private outcome: unknown = undefined;
  private seconds = 0;
  private readonly start: number;
  private readonly moved: readonly BoundSeries[] | undefined;

  constructor(
    readonly recorder: Recorder,
    private readonly args: readonly unknown[],
    /** The request that Nest's router handed over, where it called the method as a handler. */
    private readonly request: object | undefined,
  ) {
    if (recorder.options.notesCalls) {
      this.note({ args });
    }
    this.moved = recorder.hasComputedGauges
      ? recorder.moveComputedGauges(() => this.contextBefore())
      : undefined;
    this.start = recorder.begin();
  }

  close(succeeded: boolean, result: unknown, error?: unknown): void {
    if (!this.isOpen) {
      return;
    }
    this.isOpen = false;
    const { recorder, request } = this;
    const seconds = recorder.end(succeeded, this.start);
    this.moveBack();
    if (recorder.options.notesCalls) {
      this.note(succeeded ? { args: this.args, result } : { args: this.args, error });
    }
    if (!recorder.hasComputedEnd) {
      return;
    }
    this.succeeded = succeeded;
    this.outcome = succeeded ? result : error;
    this.seconds = seconds;
    if (request === undefined) {
      recorder.recordComputed(this.contextAfter(), succeeded, seconds);
    } else {
      whenOver(request, responseTo(request), this);
    }
  }

  over({ status, response }: OverRequest): void {
    const { recorder, succeeded, outcome, args, request } = this;
    const { className, methodName, controller, handler } = recorder.options.method;
    // Whole from the start: V8 keeps what is added to an object literal in a second object.
    const context = succeeded
      ? { className, methodName, args, result: outcome, request, response, status, controller, handler }
      : { className, methodName, args, error: outcome, request, response, status, controller, handler };
    recorder.recordComputed(context as MetricContext, succeeded, this.seconds);
  }

  cancel(): void {
    this.isOpen = false;
    this.recorder.cancel();
    this.moveBack();
  }

  again(): OpenCall {
    return new ComputedCall(this.recorder, this.args, this.request);
  }

  private note(call: HandlerCall['call']): void {
    const { request } = this;
    const { controller, methodName } = this.recorder.options.method;
    for (let record = request && recordOf(request); record !== undefined; record = record.outer) {
      record.handled = { controller, methodName, call };
    }
  }

  private moveBack(): void {
    if (this.moved !== undefined) {
      for (const gauge of this.moved) {
        gauge.add(-1);
      }
    }
  }

  private contextAfter(): MetricContext {
    const { recorder, succeeded, outcome, args } = this;
    const { className, methodName } = recorder.options.method;
    // As above.
    return this.withRequest(
      succeeded
        ? { className, methodName, args, result: outcome }
        : { className, methodName, args, error: outcome },
    );
  }

  private contextBefore(): MetricContext {
    const { className, methodName, controller, handler } = this.recorder.options.method;
    const { args, request } = this;
    if (request !== undefined) {
      const response = responseTo(request);
      return { className, methodName, args, request, response, controller, handler } as MetricContext;
    }
    return this.withRequest({ className, methodName, args });
  }

  /** Adds the request during which a method that is no handler is called, where the app asks for that. */
  private withRequest(context: object): MetricContext {
    const { followsRequests } = this.recorder.options;
    return (followsRequests ? { ...context, ...currentRequest() } : context) as MetricContext;
  }
}

const responseTo = (request: object): object | undefined =>
  recordOf(request)?.response ?? responseOf(request);
