import type { MetricCatalog } from '../catalog/metric-catalog.js';
import { fullName, type MetricSpec } from '../catalog/metric-spec.js';
import type { MetricDeclaration } from '../decorators/declarations.js';
import type { LabelFunction, LabelValue } from '../labels/metric-context.js';
import { DEFAULT_BUCKETS, type Counter, type Gauge, type Histogram, type Summary } from '../series/index.js';
import { isComputed, resolveLabels, type ResolvedLabel } from '../labels/resolved-label.js';

/** The method that a declaration holds for, and what its metrics need of the app. */
export interface InstrumentPlace {
  readonly className: string;
  readonly methodName: string;
  readonly catalog: MetricCatalog;
  readonly defaultLabels: readonly ResolvedLabel[];
  labelFailed(metric: string, label: string, error: unknown): void;
}

/** A label function, and who hears when it gives no value. */
export interface ComputedSource {
  readonly evaluate: LabelFunction;
  readonly failed: (error: unknown) => void;
}

/** Where the value of a label comes from. */
export type LabelSource = string | ComputedSource;

/** A declaration at one method of one class: its metric, and where the label values come from. */
export interface Instrument {
  readonly declaration: MetricDeclaration;
  readonly metric: Counter<string> | Gauge<string> | Histogram<string> | Summary<string>;
  /** Where the label values of a call come from that ended so, in the order of the metric's label names. */
  sources(succeeded: boolean): readonly LabelSource[];
  /** Some value is a label function's. */
  readonly isComputed: boolean;
}

/** Makes the metric, or finds it where another method has made it, and throws where it can't be made. */
export function makeInstrument(declaration: MetricDeclaration, place: InstrumentPlace): Instrument {
  const labels = labelsOf(declaration, place);
  const spec: MetricSpec = {
    name: declaration.name ?? UNNAMED[declaration.kind].name,
    help:
      declaration.help ??
      (declaration.name === undefined ? UNNAMED[declaration.kind].help : HELP[declaration.kind]),
    labelNames: labels.map(({ name }) => name),
    foldedLabels: labels.filter(isComputed).map(({ name }) => name),
    anyOrder: true,
    absentAtFirst: !declaration.initialValue,
  };
  const declaredBy = `${place.className}.${place.methodName}`;
  const metric = metricOf(declaration, spec, declaredBy, place.catalog);
  const outcome = declaration.name === undefined && declaration.kind !== 'gauged';
  const sources = (succeeded: boolean): LabelSource[] =>
    metric.labelNames.map((name) => {
      const label = labels.find((one) => one.name === name) as ResolvedLabel;
      if (isComputed(label)) {
        const failed = (error: unknown): void => place.labelFailed(metric.name, name, error);
        return { evaluate: label.evaluate, failed };
      }
      return outcome && name === 'outcome' ? (succeeded ? 'success' : 'error') : label.value;
    });
  return { declaration, metric, sources, isComputed: labels.some(isComputed) };
}

/** The label values of a call that ended so, where nothing is computed. */
export function valuesOf(instrument: Instrument, succeeded: boolean): readonly LabelValue[] {
  return instrument.sources(succeeded) as string[];
}

/** Whether a call that ended so is to be recorded. */
export function counts({ declaration }: Instrument, succeeded: boolean): boolean {
  return (
    declaration.kind !== 'counted' ||
    declaration.on === 'always' ||
    declaration.on === (succeeded ? 'success' : 'failure')
  );
}

const UNNAMED = {
  counted: { name: 'method_calls_total', help: 'Calls of decorated methods, by outcome.' },
  gauged: { name: 'method_in_progress', help: 'Calls of decorated methods that are in progress.' },
  timed: { name: 'method_duration_seconds', help: 'How long calls of decorated methods take, in seconds.' },
} as const;

const HELP = {
  counted: 'Number of calls.',
  gauged: 'Calls in progress.',
  timed: 'Duration of calls, in seconds.',
} as const;

function labelsOf(declaration: MetricDeclaration, place: InstrumentPlace): ResolvedLabel[] {
  const where = `${place.className}.${place.methodName}`;
  const own: ResolvedLabel[] =
    declaration.name === undefined
      ? unnamedLabels(declaration, place)
      : resolveLabels(declaration.labels, where);
  for (const { name } of place.defaultLabels) {
    if (own.some((label) => label.name === name)) {
      const metric = declaration.name ?? UNNAMED[declaration.kind].name;
      throw new Error(
        `Metric "${metric}", declared by ${where}: the label name "${name}" is taken by "defaultLabels"`,
      );
    }
  }
  return [...own, ...place.defaultLabels];
}

function unnamedLabels(declaration: MetricDeclaration, place: InstrumentPlace): ResolvedLabel[] {
  const labels = [
    { name: 'class', value: place.className },
    { name: 'method', value: place.methodName },
  ];
  return declaration.kind === 'gauged' ? labels : [...labels, { name: 'outcome', value: '' }];
}

function metricOf(
  declaration: MetricDeclaration,
  spec: MetricSpec,
  declaredBy: string,
  catalog: MetricCatalog,
): Instrument['metric'] {
  switch (declaration.kind) {
    case 'counted':
      return catalog.counter({ ...spec, name: fullName('counter', spec.name) }, declaredBy);
    case 'gauged':
      return catalog.gauge(
        declaration.aggregator ? { ...spec, aggregator: declaration.aggregator } : spec,
        declaredBy,
      );
    case 'timed':
      return declaration.type === 'histogram'
        ? catalog.histogram({ ...spec, buckets: declaration.buckets ?? DEFAULT_BUCKETS }, declaredBy)
        : catalog.summary(
            declaration.percentiles ? { ...spec, percentiles: declaration.percentiles } : spec,
            declaredBy,
          );
  }
}
