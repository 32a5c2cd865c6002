import { currentRequest, type CurrentRequest } from '../http/request-context.js';
import { recordOf, whenOver } from '../http/request-record.js';
import { responseOf } from '../http/remembered-response.js';
import type { MetricContext } from '../labels/metric-context.js';
import type { OpenCall } from './open-call.js';
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
export class ComputedCall implements OpenCall {
  private isOpen = true;
  private readonly start: number;
  private readonly moved: readonly { add(delta: number): void }[];

  constructor(
    readonly recorder: Recorder,
    private readonly args: readonly unknown[],
    /** The request that Nest's router handed over, where it called the method as a handler. */
    private readonly request: object | undefined,
  ) {
    this.moved = recorder.moveComputedGauges(() => this.context());
    this.start = recorder.begin();
  }

  close(succeeded: boolean, result: unknown, error?: unknown): void {
    if (!this.isOpen) {
      return;
    }
    this.isOpen = false;
    const seconds = this.recorder.end(succeeded, this.start);
    this.moveBack();
    if (!this.recorder.hasComputedEnd) {
      return;
    }
    const context = Object.assign(this.context(), succeeded ? { result } : { error });
    if (this.request === undefined) {
      this.recorder.recordComputed(context, succeeded, seconds);
      return;
    }
    whenOver(this.request, context.response as object | undefined, ({ status, response }) => {
      Object.assign(context, { status, response });
      this.recorder.recordComputed(context, succeeded, seconds);
    });
  }

  cancel(): void {
    this.isOpen = false;
    this.recorder.cancel();
    this.moveBack();
  }

  again(): OpenCall {
    return new ComputedCall(this.recorder, this.args, this.request);
  }

  private moveBack(): void {
    for (const gauge of this.moved) {
      gauge.add(-1);
    }
  }

  private context(): MetricContext {
    const { method, followsRequests } = this.recorder.options;
    const { className, methodName, controller, handler } = method;
    const context = { className, methodName, args: this.args };
    if (this.request !== undefined) {
      return Object.assign(context, requestContextOf(this.request), { controller, handler }) as MetricContext;
    }
    return Object.assign(context, followsRequests ? currentRequest() : undefined) as unknown as MetricContext;
  }
}

function requestContextOf(request: object): CurrentRequest {
  const response = recordOf(request)?.response ?? responseOf(request);
  return { request, response: response as object };
}
