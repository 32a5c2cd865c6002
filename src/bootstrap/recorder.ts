import type { MetricContext } from '../labels/metric-context.js';
import type { Counter, Gauge, Histogram } from '../series/index.js';
import { valuesOf, type Instrument } from './instrument.js';

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
  /** Methods called while a request is handled are given that request. */
  readonly followsRequests: boolean;
}

interface Adds {
  inc(value?: number): void;
}
interface Observes {
  observe(value: number): void;
}
interface Moves extends Adds {
  dec(value?: number): void;
}

/** Children of metrics whose labels are all known, by whether the call succeeded. */
interface Outcomes<C> {
  readonly success: readonly C[];
  readonly failure: readonly C[];
}

/** Records the calls of one method of one class. */
export class Recorder {
  /** Nothing but children that are bound already: neither label functions nor excluded paths. */
  readonly isSimple: boolean;
  readonly respectsExclusion: boolean;
  /** Some label is to be computed with the request and the response at hand. */
  readonly wantsRequest: boolean;
  private readonly gauges: readonly Moves[];
  private readonly counters: Outcomes<Adds>;
  private readonly timers: Outcomes<Observes>;
  private readonly isTimed: boolean;
  private readonly computedGauges: readonly Instrument[];
  private readonly computed: readonly Instrument[];

  constructor(readonly options: RecorderOptions) {
    const { instruments } = options;
    const bound = instruments.filter((one) => !one.isComputed);
    const isGauge = (one: Instrument): boolean => one.declaration.kind === 'gauged';
    this.computedGauges = instruments.filter((one) => one.isComputed && isGauge(one));
    this.computed = instruments.filter((one) => one.isComputed && !isGauge(one));
    this.gauges = bound
      .filter(isGauge)
      .map((one) => (one.metric as Gauge<string>).child(valuesOf(one, undefined, true)));
    this.counters = outcomes(bound, 'counted', (one, values) =>
      (one.metric as Counter<string>).child(values),
    );
    this.timers = outcomes(bound, 'timed', (one, values) => (one.metric as Histogram<string>).child(values));
    this.isTimed = instruments.some((one) => one.declaration.kind === 'timed');
    this.isSimple = this.computedGauges.length === 0 && this.computed.length === 0;
    this.respectsExclusion = options.respectsExclusion;
    this.wantsRequest = !this.isSimple || options.respectsExclusion;
  }

  /** Makes the series that are to be there before the first call, at 0. */
  initialize(): void {
    for (const instrument of this.options.instruments) {
      if (!instrument.isComputed && instrument.declaration.initialValue) {
        instrument.metric.ensure(valuesOf(instrument, undefined, true));
        instrument.metric.ensure(valuesOf(instrument, undefined, false));
      }
    }
  }

  /** Begins a call; the number goes to `end`. */
  begin(): number {
    for (let i = 0; i < this.gauges.length; i++) {
      (this.gauges[i] as Moves).inc();
    }
    return this.isTimed ? performance.now() : 0;
  }

  /** Ends a call that `begin` has begun, and gives the seconds it took where a metric asks for them. */
  end(succeeded: boolean, start: number): number {
    const seconds = this.isTimed ? (performance.now() - start) / 1000 : 0;
    for (let i = 0; i < this.gauges.length; i++) {
      (this.gauges[i] as Moves).dec();
    }
    this.recordBound(succeeded, seconds);
    return seconds;
  }

  /** Takes back a `begin`. */
  cancel(): void {
    for (const gauge of this.gauges) {
      gauge.dec();
    }
  }

  private recordBound(succeeded: boolean, seconds: number): void {
    const counters = succeeded ? this.counters.success : this.counters.failure;
    for (let i = 0; i < counters.length; i++) {
      (counters[i] as Adds).inc();
    }
    const timers = succeeded ? this.timers.success : this.timers.failure;
    for (let i = 0; i < timers.length; i++) {
      (timers[i] as Observes).observe(seconds);
    }
  }

  /** Computes the labels of gauges, and moves them; what it gives moves them back. */
  moveComputedGauges(context: () => MetricContext): Moves[] {
    const moved: Moves[] = [];
    for (const instrument of this.computedGauges) {
      const child = (instrument.metric as Gauge<string>).child(valuesOf(instrument, context(), true));
      child.inc();
      moved.push(child);
    }
    return moved;
  }

  get hasComputedEnd(): boolean {
    return this.computed.length > 0;
  }

  recordComputed(context: MetricContext, succeeded: boolean, seconds: number): void {
    for (const instrument of this.computed) {
      const { declaration, metric } = instrument;
      if (!counts(instrument, succeeded)) {
        continue;
      }
      const values = valuesOf(instrument, context, succeeded);
      if (declaration.kind === 'counted') {
        (metric as Counter<string>).child(values).inc();
      } else {
        (metric as Histogram<string>).child(values).observe(seconds);
      }
    }
  }
}

const counts = ({ declaration }: Instrument, succeeded: boolean): boolean =>
  declaration.kind !== 'counted' ||
  declaration.on === 'always' ||
  declaration.on === (succeeded ? 'success' : 'failure');

function outcomes<C>(
  instruments: readonly Instrument[],
  kind: 'counted' | 'timed',
  bind: (instrument: Instrument, values: readonly string[]) => C,
): Outcomes<C> {
  const of = (succeeded: boolean): C[] =>
    instruments
      .filter((one) => one.declaration.kind === kind && counts(one, succeeded))
      .map((one) => bind(one, valuesOf(one, undefined, succeeded)));
  return { success: of(true), failure: of(false) };
}
