import { now } from '../clock.js';
import type { MetricContext } from '../labels/metric-context.js';
import type { BoundSeries } from '../series/bound-series.js';
import { boundRecord, GaugeRecord, type BoundRecord } from './bound-record.js';
import { ComputedGauge } from './computed-gauge.js';
import { ComputedRecord } from './computed-record.js';
import { counts, valuesOf, type Instrument } from './instrument.js';
import { needStack } from '../need-stack.js';
import type { Unrecorded } from '../series/unrecorded.js';

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

/** How far a call is recorded: where the stack was full, it is gone on from there. */
export interface Progress {
  /** How many records are made. */
  step: number;
}

/**
 * Records the calls of one method of one class. Most calls have no object of their own: what is noted of those that
 * ended where the stack was full stands here.
 */
export class Recorder implements Progress, Unrecorded {
  /** Nothing but series that are bound already, and nobody else who asks for the calls. */
  readonly isSimple: boolean;
  /** Somebody is told of a call before it: gauges with computed labels, or labels of the HTTP metrics. */
  readonly isToldBefore: boolean;
  readonly respectsExclusion: boolean;
  /** Some label is to be computed with the request and the response at hand. */
  readonly wantsRequest: boolean;
  /** Of the call that ends: to be set to 0 before `end`. */
  step = 0;
  /** Calls that are over and not recorded whole, by how many records were made. */
  readonly returned: number[];
  readonly thrown: number[];
  /** Whether these are among all that is unrecorded. */
  isUnrecorded = false;
  before: Unrecorded | undefined = undefined;
  private readonly gauge: BoundSeries | undefined;
  private readonly otherGauges: readonly BoundSeries[];
  private readonly afterSuccess: BoundRecord | undefined;
  private readonly afterFailure: BoundRecord | undefined;
  private readonly isTimed: boolean;
  private readonly computedGauges: readonly ComputedGauge[];
  /** What is recorded of a call with computed labels, gauges apart. */
  readonly computed: readonly ComputedRecord[];

  constructor(readonly options: RecorderOptions) {
    const { instruments, respectsExclusion, notesCalls } = options;
    const bound = instruments.filter((one) => !one.isComputed);
    const computed = instruments.filter((one) => one.isComputed);
    const gauges = bound.filter(isGauge).map((one) => one.metric.bind(valuesOf(one, true)));
    [this.gauge, ...this.otherGauges] = gauges;
    this.afterSuccess = chainOf(bound, gauges, true);
    this.afterFailure = chainOf(bound, gauges, false);
    this.returned = [0, ...bound.map(() => 0)];
    this.thrown = [...this.returned];
    this.isTimed = instruments.some((one) => one.declaration.kind === 'timed');
    this.computedGauges = computed.filter(isGauge).map((one) => new ComputedGauge(one));
    this.computed = computed.filter((one) => !isGauge(one)).map((one) => new ComputedRecord(one));
    this.isToldBefore = this.computedGauges.length > 0 || notesCalls;
    this.isSimple = !this.isToldBefore && this.computed.length === 0 && !respectsExclusion;
    this.respectsExclusion = respectsExclusion;
    this.wantsRequest = !this.isSimple;
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

  /** Begins a call; the number goes to `end`. Where the stack has no room for it, nothing is begun. */
  begin(): number {
    // First, since nothing may fail once a gauge has moved.
    const start = this.isTimed ? now() : 0;
    if (this.gauge !== undefined) {
      this.raise(this.gauge);
    }
    return start;
  }

  /** Ends a call that `begin` has begun, all of whose labels are known beforehand. */
  end(succeeded: boolean, start: number): void {
    const seconds = this.isTimed ? now() - start : 0;
    for (let record = succeeded ? this.afterSuccess : this.afterFailure; record; record = record.next) {
      record.record(seconds);
      this.step++;
    }
  }

  /** What a call took that `begin` has begun, where a metric asks for it. */
  secondsSince(start: number): number {
    return this.isTimed ? now() - start : 0;
  }

  /** Makes those records of a call whose labels are known beforehand, and that are not made yet. @returns how many there are. */
  recordBound(progress: Progress, succeeded: boolean, seconds: number): number {
    let step = 0;
    for (let record = succeeded ? this.afterSuccess : this.afterFailure; record; record = record.next) {
      if (step === progress.step) {
        record.record(seconds);
        progress.step++;
      }
      step++;
    }
    return step;
  }

  /** The same, but for what fails though there is stack: of a gauge, others must not keep it. */
  recordWhatCan(progress: Progress, succeeded: boolean, seconds: number): number {
    for (;;) {
      try {
        return this.recordBound(progress, succeeded, seconds);
      } catch {
        needStack();
        progress.step++;
      }
    }
  }

  /** With no time: what took how long could not be noted. */
  recordRest(): void {
    this.recordNoted(this.returned, true, false);
    this.recordNoted(this.thrown, false, false);
  }

  giveUp(): void {
    this.recordNoted(this.returned, true, true);
    this.recordNoted(this.thrown, false, true);
  }

  private recordNoted(calls: number[], succeeded: boolean, isGivenUp: boolean): void {
    for (const step of calls.keys()) {
      while ((calls[step] as number) > 0) {
        const progress = { step };
        (calls[step] as number)--;
        try {
          if (isGivenUp) {
            this.recordWhatCan(progress, succeeded, 0);
          } else {
            this.recordBound(progress, succeeded, 0);
          }
        } catch (error) {
          (calls[progress.step] as number)++;
          throw error;
        }
      }
    }
  }

  /** Takes back a `begin`. */
  cancel(): void {
    this.gauge?.add(-1);
    this.otherGauges.forEach((gauge) => gauge.add(-1));
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

  /** By itself, so that V8 has room in `begin` for what else a call takes. */
  private raise(first: BoundSeries): void {
    first.add(1);
    if (this.otherGauges.length > 0) {
      try {
        this.raiseOthers();
      } catch (error) {
        first.add(-1);
        throw error;
      }
    }
  }

  private raiseOthers(): void {
    let moved = 0;
    try {
      for (; moved < this.otherGauges.length; moved++) {
        (this.otherGauges[moved] as BoundSeries).add(1);
      }
    } catch (error) {
      while (moved-- > 0) {
        (this.otherGauges[moved] as BoundSeries).add(-1);
      }
      throw error;
    }
  }
}

const isGauge = ({ declaration }: Instrument): boolean => declaration.kind === 'gauged';

/** What is to be recorded when a call ends: gauges come last. */
function chainOf(
  instruments: readonly Instrument[],
  gauges: readonly BoundSeries[],
  succeeded: boolean,
): BoundRecord | undefined {
  const toGauges = gauges.reduceRight<BoundRecord | undefined>(
    (next, gauge) => new GaugeRecord(gauge, next),
    undefined,
  );
  return instruments
    .filter((one) => !isGauge(one) && counts(one, succeeded))
    .reduceRight((next, one) => boundRecord(one, valuesOf(one, succeeded), next), toGauges);
}
