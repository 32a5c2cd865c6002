import { now } from '../clock.js';
import type { MetricContext } from '../labels/metric-context.js';
import type { BoundSeries } from '../series/bound-series.js';
import { boundRecord, type BoundRecord } from './bound-record.js';
import { ComputedGauge } from './computed-gauge.js';
import { ComputedRecord } from './computed-record.js';
import { counts, valuesOf, type Instrument } from './instrument.js';
import { needStack } from './need-stack.js';
import type { ThrownCall } from './open-call.js';

/** What all calls of one method of one class have in common, in the contexts of label functions. */
export interface RecordedMethod {
  readonly className: string;
  readonly methodName: string;
  /** Where it is an HTTP handler. */
  readonly controller?: Function | undefined;
  readonly handler?: Function | undefined;
}

export interface RecorderOptions {
  readonly method: RecordedMethod;
  readonly instruments: readonly Instrument[];
  /** Requests to excluded paths are not recorded. */
  readonly respectsExclusion: boolean;
  /** The calls are to be noted at their requests, for labels of the HTTP metrics. */
  readonly notesCalls: boolean;
  /** Methods called while a request is handled are given that request. */
  readonly followsRequests: boolean;
}

/** Records the calls of one method of one class. */
export class Recorder {
  /** Nothing but children that are bound already, and nobody else who asks for the calls. */
  readonly isSimple: boolean;
  /** Somebody is told of a call before it: gauges with computed labels, or labels of the HTTP metrics. */
  readonly isToldBefore: boolean;
  readonly respectsExclusion: boolean;
  /** Some label is to be computed with the request and the response at hand. */
  readonly wantsRequest: boolean;
  /**
   * How many calls threw and are not ended yet: one that overflows the stack leaves none to end it with, so
   * it is but noted, and a call further up ends it. The last of those that are no mere number is beside it.
   */
  thrown = 0;
  lastThrown: ThrownCall | undefined = undefined;
  private readonly gauges: readonly BoundSeries[];
  private readonly afterSuccess: BoundRecord | undefined;
  private readonly afterFailure: BoundRecord | undefined;
  private readonly isTimed: boolean;
  private readonly computedGauges: readonly ComputedGauge[];
  private readonly computed: ComputedRecord | undefined;

  constructor(readonly options: RecorderOptions) {
    const { instruments } = options;
    const bound = instruments.filter((one) => !one.isComputed);
    const isGauge = (one: Instrument): boolean => one.declaration.kind === 'gauged';
    this.computedGauges = instruments
      .filter((one) => one.isComputed && isGauge(one))
      .map((one) => new ComputedGauge(one));
    this.computed = instruments
      .filter((one) => one.isComputed && !isGauge(one))
      .reduceRight<ComputedRecord | undefined>((next, one) => new ComputedRecord(one, next), undefined);
    this.gauges = bound.filter(isGauge).map((one) => one.metric.bind(valuesOf(one, true)));
    this.afterSuccess = chainOf(bound, true);
    this.afterFailure = chainOf(bound, false);
    this.isTimed = instruments.some((one) => one.declaration.kind === 'timed');
    this.isToldBefore = this.computedGauges.length > 0 || options.notesCalls;
    this.isSimple = !this.isToldBefore && this.computed === undefined;
    this.respectsExclusion = options.respectsExclusion;
    this.wantsRequest = !this.isSimple || options.respectsExclusion;
  }

  /** Makes the series that are to be there before the first call, at 0. */
  initialize(): void {
    for (const instrument of this.options.instruments) {
      if (!instrument.isComputed && instrument.declaration.initialValue) {
        instrument.metric.ensure(valuesOf(instrument, true));
        instrument.metric.ensure(valuesOf(instrument, false));
      }
    }
  }

  /** Begins a call; the number goes to `end`. */
  begin(): number {
    if (this.thrown > 0) {
      this.endThrown(undefined, now());
    }
    // First, since nothing may fail for want of stack once a gauge has moved.
    const start = this.isTimed ? now() : 0;
    for (let i = 0; i < this.gauges.length; i++) {
      (this.gauges[i] as BoundSeries).add(1);
    }
    return start;
  }

  /** Ends the calls that threw. Where they overflowed the stack, there must be some of it again. */
  endThrown(error: unknown, start: number): void {
    if (error instanceof RangeError) {
      needStack();
    }
    for (let call = this.lastThrown; call !== undefined; call = this.lastThrown) {
      this.lastThrown = call.thrownBefore;
      this.thrown--;
      call.close(false, undefined, call.outcome);
    }
    for (; this.thrown > 0; this.thrown--) {
      this.end(false, start);
    }
  }

  /** Ends a call that `begin` has begun, and gives the seconds it took where a metric asks for them. */
  end(succeeded: boolean, start: number): number {
    const seconds = this.isTimed ? now() - start : 0;
    for (let i = 0; i < this.gauges.length; i++) {
      (this.gauges[i] as BoundSeries).add(-1);
    }
    this.recordBound(succeeded, seconds);
    return seconds;
  }

  /** Takes back a `begin`. */
  cancel(): void {
    for (const gauge of this.gauges) {
      gauge.add(-1);
    }
  }

  private recordBound(succeeded: boolean, seconds: number): void {
    for (let record = succeeded ? this.afterSuccess : this.afterFailure; record; record = record.next) {
      record.record(seconds);
    }
  }

  /** Some gauge's labels are to be computed before the call. */
  get hasComputedGauges(): boolean {
    return this.computedGauges.length > 0;
  }

  /** Computes the labels of gauges, and moves them; what it gives is to be moved back. */
  moveComputedGauges(context: MetricContext): readonly BoundSeries[] {
    return this.computedGauges.map((gauge) => gauge.move(context));
  }

  /** Some labels are to be computed after the call. */
  get hasComputedEnd(): boolean {
    return this.computed !== undefined;
  }

  recordComputed(context: MetricContext, succeeded: boolean, seconds: number): void {
    for (let { computed } = this; computed !== undefined; computed = computed.next) {
      computed.record(context, succeeded, seconds);
    }
  }
}

function chainOf(instruments: readonly Instrument[], succeeded: boolean): BoundRecord | undefined {
  return instruments
    .filter((one) => one.declaration.kind !== 'gauged' && counts(one, succeeded))
    .reduceRight<BoundRecord | undefined>(
      (next, one) => boundRecord(one, valuesOf(one, succeeded), next),
      undefined,
    );
}
