import type { ForeignData, ForeignSample } from './collect.js';
import { labelText } from './default-labels.js';
import type { Family } from './family.js';
import type { ExpositionFormat } from './formats.js';
import { canonicalFloat, formatValue } from './numbers.js';
import { BLOCK } from './write-own.js';

export interface WriteForeignOptions {
  readonly name: string;
  readonly family: Family;
  readonly format: ExpositionFormat;
  readonly defaultLabels: Record<string, unknown>;
  readonly isWanted: (sampleName: string) => boolean;
}

/** The text of a metric that other code made, from its `get()`. */
export function* writeForeign(data: ForeignData, options: WriteForeignOptions): Generator<string> {
  const { name, family, format, defaultLabels, isWanted } = options;
  let text = family.head;
  for (const sample of data.values) {
    const sampleName = sample.metricName ?? name;
    if (!isWanted(sampleName)) {
      continue;
    }
    const labels = labelText({ ...defaultLabels, ...canonicalLabels(data.type, sample.labels) });
    const exemplar = format === 'openmetrics' ? exemplarOf(sample, family.type, sampleName) : '';
    text += `${sampleName}${labels === '' ? '' : `{${labels}}`} ${formatValue(Number(sample.value))}${exemplar}\n`;
    if (text.length >= BLOCK) {
      yield text;
      text = '';
    }
  }
  yield text;
}

function canonicalLabels(type: string, labels: Record<string, unknown> = {}): Record<string, unknown> {
  const name = type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : undefined;
  if (name === undefined || labels[name] === undefined) {
    return labels;
  }
  const { [name]: bound, ...others } = labels;
  return { ...others, [name]: typeof bound === 'number' ? canonicalFloat(bound) : bound };
}

/** OpenMetrics 1.0, "Exemplars": not longer than this, label names and values together. */
const LONGEST_EXEMPLAR = 128;

/** Only the samples of counters and the buckets of histograms may bear one. */
function exemplarOf({ exemplar }: ForeignSample, type: string, sampleName: string): string {
  const mayBear = type === 'counter' || (type === 'histogram' && sampleName.endsWith('_bucket'));
  if (!exemplar?.labelSet || !mayBear) {
    return '';
  }
  const length = [...Object.entries(exemplar.labelSet).flat().join('')].length;
  if (length > LONGEST_EXEMPLAR) {
    return '';
  }
  const time = typeof exemplar.timestamp === 'number' ? ` ${exemplar.timestamp}` : '';
  return ` # {${labelText(exemplar.labelSet)}} ${formatValue(Number(exemplar.value))}${time}`;
}
