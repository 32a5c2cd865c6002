import { now } from '../clock.js';
import type { MetricContext } from '../labels/metric-context.js';
import type { BoundSeries } from '../series/bound-series.js';
import { boundRecord, type BoundRecord } from './bound-record.js';
import { ComputedGauge } from './computed-gauge.js';
import { ComputedRecord } from './computed-record.js';
import { counts, valuesOf, type Instrument } from './instrument.js';
import type { NotedCall } from './open-call.js';

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
   * How many calls are over and not recorded yet: one that overflows the stack leaves none to record it with, so it is
   * but noted, and a call further up ends it, or the next one at all. A number, since to make an object may take stack.
   */
  unended = 0;
  /** How many of these gave something, by how many records of theirs were made before it was too late. */
  readonly returned: number[];
  /** Those of them whose labels are computed: the last one, which knows those before it. */
  noted: NotedCall | undefined = undefined;
  /** How many records were made of a call that ends: to be set to 0 before, where it may have to be noted. */
  step = 0;
  private readonly gauges: readonly BoundSeries[] | undefined;
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
    const gauges = bound.filter(isGauge).map((one) => one.metric.bind(valuesOf(one, true)));
    // So that V8 makes no code to move gauges where there are none.
    this.gauges = gauges.length > 0 ? gauges : undefined;
    this.afterSuccess = chainOf(bound, true);
    this.afterFailure = chainOf(bound, false);
    this.isTimed = instruments.some((one) => one.declaration.kind === 'timed');
    this.returned = [0, ...bound.map(() => 0)];
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
    this.step = 0;
    // First, since nothing may fail for want of stack once a gauge has moved.
    const start = this.isTimed ? now() : 0;
    if (this.gauges !== undefined) {
      move(this.gauges, 1);
    }
    return start;
  }

  /** Ends a call that `begin` has begun, none of whose labels are computed. Gauges come last: see `endRest`. */
  end(succeeded: boolean, start: number): void {
    this.recordBound(succeeded, this.isTimed ? now() - start : 0);
    if (this.gauges !== undefined) {
      move(this.gauges, -1);
    }
  }

  /** What a call took that `begin` has begun, where a metric asks for it. */
  secondsSince(start: number): number {
    return this.isTimed ? now() - start : 0;
  }

  /** The same as `end`, with what `secondsSince` has given, and gauges that were moved besides. */
  finish(succeeded: boolean, seconds: number, moved: readonly BoundSeries[] | undefined): void {
    this.recordBound(succeeded, seconds);
    this.cancel();
    if (moved !== undefined) {
      move(moved, -1);
    }
  }

  /** Ends a call that failed for want of stack after so many records; `context` where it has computed labels. */
  endRest(
    succeeded: boolean,
    start: number,
    steps: number,
    moved?: readonly BoundSeries[],
    context?: MetricContext,
  ): void {
    const seconds = this.secondsSince(start);
    let step = 0;
    for (let computed = context && this.computed; computed !== undefined; computed = computed.next) {
      if (step++ >= steps) {
        computed.record(context as MetricContext, succeeded, seconds);
      }
    }
    for (let record = succeeded ? this.afterSuccess : this.afterFailure; record; record = record.next) {
      if (step++ >= steps) {
        record.record(seconds);
      }
    }
    this.cancel();
    if (moved !== undefined) {
      move(moved, -1);
    }
  }

  /** Takes back a `begin`. */
  cancel(): void {
    if (this.gauges !== undefined) {
      move(this.gauges, -1);
    }
  }

  private recordBound(succeeded: boolean, seconds: number): void {
    for (let record = succeeded ? this.afterSuccess : this.afterFailure; record; record = record.next) {
      record.record(seconds);
      this.step++;
    }
  }

  /** Some gauge's labels are to be computed before the call. */
  get hasComputedGauges(): boolean {
    return this.computedGauges.length > 0;
  }

  /** Computes the labels of gauges, and moves them; `moved` gets what is to be moved back. */
  moveComputedGauges(context: MetricContext, moved: BoundSeries[]): void {
    for (const gauge of this.computedGauges) {
      moved[moved.length] = gauge.move(context);
    }
  }

  /** Some labels are to be computed after the call. */
  get hasComputedEnd(): boolean {
    return this.computed !== undefined;
  }

  recordComputed(context: MetricContext, succeeded: boolean, seconds: number): void {
    for (let { computed } = this; computed !== undefined; computed = computed.next) {
      computed.record(context, succeeded, seconds);
      this.step++;
    }
  }
}

/** The first one by itself, since in a loop V8 looks at the stack, and may throw when a gauge has moved already. */
export function move(gauges: readonly BoundSeries[], by: number): void {
  if (gauges.length === 0) {
    return;
  }
  (gauges[0] as BoundSeries).add(by);
  for (let i = 1; i < gauges.length; i++) {
    (gauges[i] as BoundSeries).add(by);
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
