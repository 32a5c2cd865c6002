import {
  recordOf,
  whenOver,
  type HandlerCall as NotedCall,
  type OverListener,
  type OverRequest,
} from '../http/request-record.js';
import { responseOf } from '../http/remembered-response.js';
import type { MetricContext } from '../labels/metric-context.js';
import { ComputedCall } from './computed-call.js';
import type { Recorder } from './recorder.js';

/** A call of an HTTP handler by Nest's router: its label functions run when the response is over. */
export class HandlerCall extends ComputedCall implements OverListener {
  /** How many of its records come before those with computed labels. */
  private after = 0;

  constructor(
    recorder: Recorder,
    args: readonly unknown[],
    /** The request that Nest's router handed over. */
    private readonly request: object,
  ) {
    super(recorder, args);
  }

  override recordRest(): void {
    const { args, succeeded, outcome, isBegun } = this;
    if (isBegun) {
      this.note(succeeded ? { args, result: outcome } : { args, error: outcome });
    }
    super.recordRest();
  }

  over({ status, response }: OverRequest): void {
    const { recorder, succeeded, outcome, args, request } = this;
    const { className, methodName, controller, handler } = recorder.options.method;
    // As in ComputedCall.
    const context = succeeded
      ? { className, methodName, args, result: outcome, request, response, status, controller, handler }
      : { className, methodName, args, error: outcome, request, response, status, controller, handler };
    this.recordComputed(context as MetricContext, this.after);
  }

  protected override copy(): ComputedCall {
    return new HandlerCall(this.recorder, this.args, this.request);
  }

  protected override tellBefore(): void {
    this.note({ args: this.args });
    super.tellBefore();
  }

  protected override contextBefore(): MetricContext {
    const { recorder, args, request } = this;
    const { className, methodName, controller, handler } = recorder.options.method;
    const response = recordOf(request)?.response ?? responseOf(request);
    return { className, methodName, args, request, response, controller, handler } as MetricContext;
  }

  protected override recordOutcome(after: number): void {
    this.after = after;
    whenOver(this.request, this);
  }

  /** Notes the call at its request, where labels of the HTTP metrics ask for it. */
  private note(call: NotedCall['call']): void {
    const { options } = this.recorder;
    if (!options.notesCalls) {
      return;
    }
    const { controller, methodName } = options.method;
    for (let record = recordOf(this.request); record !== undefined; record = record.outer) {
      record.handled = { controller, methodName, call };
    }
  }
}
