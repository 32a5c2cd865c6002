import type { LabelFunction, LabelValue, MetricLabels } from './metric-context.js';

/** A label whose value is known once and for all. */
export interface StaticLabel {
  readonly name: string;
  readonly value: string;
}

/** A label whose value a function gives anew each time. */
export interface ComputedLabel {
  readonly name: string;
  readonly evaluate: LabelFunction;
}

export type ResolvedLabel = StaticLabel | ComputedLabel;

export function isComputed(label: ResolvedLabel): label is ComputedLabel {
  return 'evaluate' in label;
}

/** @throws Error that names the label where its value is neither a function nor a plain value. */
export function resolveLabels(labels: MetricLabels, where: string): ResolvedLabel[] {
  return Object.entries(labels).map(([name, value]) => {
    if (typeof value === 'function') {
      return { name, evaluate: value };
    }
    if (typeof value === 'object' && value !== null) {
      throw new TypeError(`${where}: the label "${name}" must be a value or a function, not an object`);
    }
    return { name, value: staticValue(value) };
  });
}

function staticValue(value: Exclude<LabelValue, LabelFunction>): string {
  return value === undefined || value === null ? '' : String(value);
}
