import type { MetricType } from './types.js';

const SUFFIXES: Readonly<Record<MetricType, readonly string[]>> = {
  counter: [],
  gauge: [],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['_sum', '_count'],
};

/** What the names of a type's samples have behind the metric's own; nothing for a type that is none of Prometheus'. */
export const sampleSuffixesOf = (type: string): readonly string[] =>
  Object.hasOwn(SUFFIXES, type) ? SUFFIXES[type as MetricType] : [];

/** The same with the `_created` of OpenMetrics, which is such a metric's own whether it is written or not. */
export function openMetricsSuffixesOf(type: string): readonly string[] {
  const suffixes = sampleSuffixesOf(type);
  return suffixes.length > 0 ? [...suffixes, '_created'] : [];
}
