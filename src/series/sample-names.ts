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
