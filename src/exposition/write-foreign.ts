import type { ForeignSample } from './collect.js';
import { labelText } from './default-labels.js';
import type { Family } from './family.js';
import { canonicalFloat, formatValue } from './numbers.js';

export interface WriteForeignOptions {
  readonly name: string;
  readonly type: string;
  readonly family: Family;
  readonly defaultLabels: Record<string, unknown>;
  readonly isWanted: (sampleName: string) => boolean;
}

/** Samples after which the writer hands on what it has. */
const BLOCK_SAMPLES = 128;

/** The text of the samples that another's metric gave. */
export function* writeForeign(
  samples: readonly ForeignSample[],
  options: WriteForeignOptions,
): Generator<string> {
  const { name, type, family, defaultLabels, isWanted } = options;
  const isStrict = family.format === 'openmetrics';
  // As in our own histograms: OpenMetrics has no sum and no count beside negative buckets.
  const isSigned =
    isStrict && type === 'histogram' && samples.some(({ labels }) => Number(labels?.['le']) < 0);
  let text = '';
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as ForeignSample;
    const sampleName = sample.metricName ?? name;
    if (isWanted(sampleName) && !(isSigned && /_(sum|count)$/.test(sampleName))) {
      const labels = labelText({ ...defaultLabels, ...canonicalLabels(type, sample.labels) });
      const value = formatValue(Number(sample.value));
      const exemplar = isStrict ? exemplarOf(sample, family.type, sampleName) : '';
      text += `${sampleName}${labels === '' ? '' : `{${labels}}`} ${value}${exemplar}\n`;
    }
    if (i % BLOCK_SAMPLES === BLOCK_SAMPLES - 1) {
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
  const time = Number.isFinite(exemplar.timestamp) ? ` ${exemplar.timestamp}` : '';
  return ` # {${labelText(exemplar.labelSet)}} ${formatValue(Number(exemplar.value))}${time}`;
}
