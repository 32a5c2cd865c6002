import { BoundSeries } from './bound-series.js';
import { checkLabelNames, checkMetricName } from './names.js';
import { settlePending } from './pending-records.js';
import { SeriesCursor } from './series-cursor.js';
import { SeriesTable } from './series-table.js';
import type {
  Aggregator,
  LabelValue,
  LabelValues,
  MetricData,
  MetricOptions,
  MetricSample,
  MetricType,
} from './types.js';

const AGGREGATORS: readonly unknown[] = ['sum', 'first', 'min', 'max', 'average', 'omit'];
const DEFAULT_MAX_SERIES = 10_000;

/** What a type of metric tells the base about itself. */
export interface MetricShape {
  type: MetricType;
  /** Numbers in a series, the time it was made not among them. */
  width: number;
  reservedLabel?: string;
}

/**
 * What counters, gauges, histograms and summaries have in common: their definition and their series.
 * They work in any prom-client registry (`registerMetric`), whose other readers see what prom-client's
 * own metrics would show.
 */
export abstract class Metric<L extends string = string> {
  readonly type: MetricType;
  readonly help: string;
  readonly aggregator: Aggregator;
  readonly labelNames: readonly L[];
  /** Whether a series' last number is when it was made, in epoch seconds. */
  readonly created: boolean;
  protected readonly table: SeriesTable;
  protected readonly folded: () => void;
  readonly #name: string;
  #collect: (() => void | Promise<void>) | undefined;

  protected constructor(options: MetricOptions<L, never>, shape: MetricShape) {
    const {
      name,
      labelNames = [],
      foldedLabels,
      maxSeries = DEFAULT_MAX_SERIES,
      aggregator = 'sum',
    } = options;
    checkDefinition(options, shape);
    this.#name = name;
    this.type = shape.type;
    this.help = options.help;
    this.aggregator = aggregator;
    this.labelNames = Object.freeze([...labelNames]);
    this.created = options.created === true;
    this.folded = options.onFolded ?? (() => {});
    this.#collect = options.collect as (() => void | Promise<void>) | undefined;
    const created = shape.width;
    this.table = new SeriesTable({
      metric: name,
      labelNames: this.labelNames,
      foldedLabels: foldedLabels ?? this.labelNames,
      maxSeries,
      absentAtFirst: options.absentAtFirst === true,
      width: shape.width + (this.created ? 1 : 0),
      ...(this.created && {
        onZero: (cells: Float64Array, at: number) => {
          cells[at + created] = Date.now() / 1000;
        },
      }),
    });
  }

  /** The name as it was given; a counter's always ends in `_total`. */
  get name(): string {
    return this.#name;
  }

  /** Label sets there are. */
  get size(): number {
    settlePending();
    return this.table.live;
  }

  /** Counts up whenever a series may be gone, or its row have gone to another one. */
  get generation(): number {
    settlePending();
    return this.table.generation;
  }

  /** Makes a label set's series, or puts it back to zero: not one that it is folded into, with what others counted. */
  zero(labels: LabelValues<L> = {}): void {
    settlePending();
    const row = this.table.rowOf(labels);
    if (row >= 0) {
      this.table.zero(row);
      this.forget(row);
    }
  }

  /** Makes a label set's series where it is not there yet, at zero; values in the order of `labelNames`. */
  ensure(values: readonly LabelValue[]): void {
    this.table.rowOfValues(this.checkedValues(values));
  }

  /** A label set's place in the store; values in the order of `labelNames`. */
  bind(values: readonly LabelValue[]): BoundSeries {
    return new BoundSeries(this.table, this.checkedValues(values), this.folded);
  }

  /** Labels that are to become `other` in folded label sets besides those that do already. */
  foldAlso(labels: readonly L[]): void {
    this.table.foldAlso(labels);
  }

  /** Takes a label set's series out; values in the order of `labelNames`, or by name. */
  remove(labels: LabelValues<L>): void;
  remove(...values: LabelValue[]): void;
  remove(...args: [LabelValues<L>] | LabelValue[]): void {
    settlePending();
    const row = this.table.remove(this.valuesOf(args));
    if (row >= 0) {
      this.forget(row);
    }
  }

  /** Takes all series out; a metric without labels goes back to zero. */
  reset(): void {
    settlePending();
    this.table.clear();
    this.forget();
  }

  /**
   * Runs the collector, if there is one. Throws or rejects with what it does.
   */
  runCollect(): void | Promise<void> {
    return this.#collect?.call(this);
  }

  /** Gives it another collector. */
  collectBy(collect: () => void | Promise<void>): void {
    this.#collect = collect;
  }

  /** Whether reading it runs code of the app first. */
  get hasCollect(): boolean {
    return this.#collect !== undefined;
  }

  /** Runs the collector and gives all samples, as prom-client's metrics do. */
  async get(): Promise<MetricData> {
    await this.runCollect();
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: await this.samples() };
  }

  /**
   * A reading of all series; see `SeriesCursor` and, for the numbers, the metric's class.
   * `trailingLabels`: label text that the cursor puts after that of each series.
   */
  read(trailingLabels?: string): SeriesCursor {
    settlePending();
    return new SeriesCursor(this.table, trailingLabels);
  }

  /** Whether some label value is not plain ASCII. */
  get unicode(): boolean {
    settlePending();
    return this.table.columns.some((column) => column.unicode);
  }

  protected abstract samples(): MetricSample[] | Promise<MetricSample[]>;

  /** Tells that a series, or all, are gone. */
  protected forget(_row?: number): void {}

  /** The row to record to; tells of a folded one. */
  protected row(labels: object): number {
    return this.#told(this.table.rowOf(labels));
  }

  /** The same by values in the order of `labelNames`. */
  protected rowOfValues(values: readonly LabelValue[]): number {
    return this.#told(this.table.rowOfValues(this.checkedValues(values)));
  }

  #told(row: number): number {
    if (row >= 0) {
      return row;
    }
    this.folded();
    return ~row;
  }

  /** Values in the order of `labelNames` from what `labels()` and `remove()` take. */
  protected valuesOf(args: readonly [LabelValues<L>] | readonly LabelValue[]): readonly LabelValue[] {
    const [first] = args;
    if (typeof first === 'object' && first !== null) {
      return this.table.valuesOf(first);
    }
    return this.checkedValues(args as readonly LabelValue[]);
  }

  /** The values themselves, if there is one for each label. */
  protected checkedValues(values: readonly LabelValue[]): readonly LabelValue[] {
    if (values.length !== this.labelNames.length) {
      throw new Error(
        `Metric "${this.name}" has ${this.labelNames.length} labels (${this.labelNames.join(', ')}), ` +
          `but was given ${values.length} values`,
      );
    }
    return values;
  }

  protected labelsOf(cursor: SeriesCursor): Record<string, string> {
    const values = cursor.labelValues();
    return Object.fromEntries(this.labelNames.map((name, i) => [name, values[i] as string]));
  }
}

function checkDefinition(options: MetricOptions<string, never>, { reservedLabel }: MetricShape): void {
  const { name, help, labelNames = [], foldedLabels = [], maxSeries, aggregator, collect } = options;
  checkMetricName(name);
  if (typeof help !== 'string') {
    throw new TypeError(`Metric "${name}": help must be a string`);
  }
  checkLabelNames(name, labelNames, reservedLabel);
  const stranger = foldedLabels.find((label) => !labelNames.includes(label));
  if (stranger !== undefined) {
    throw new TypeError(`Metric "${name}": folded label "${stranger}" is not among its labels`);
  }
  if (
    maxSeries !== undefined &&
    !(maxSeries === Infinity || (Number.isInteger(maxSeries) && maxSeries > 0))
  ) {
    throw new TypeError(`Metric "${name}": maxSeries must be a whole number above 0`);
  }
  if (aggregator !== undefined && !AGGREGATORS.includes(aggregator)) {
    throw new TypeError(`Metric "${name}": aggregator must be one of ${AGGREGATORS.join(', ')}`);
  }
  if (collect !== undefined && typeof collect !== 'function') {
    throw new TypeError(`Metric "${name}": collect must be a function`);
  }
}
