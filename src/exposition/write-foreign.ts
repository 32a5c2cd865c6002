import { isMetricName } from '../series/index.js';
import type { ForeignSample } from './collect.js';
import { labelText } from './default-labels.js';
import type { Family } from './family.js';
import { leftOut } from './left-out.js';
import { canonicalFloat, formatValue } from './numbers.js';

export interface WriteForeignOptions {
  readonly name: string;
  readonly type: string;
  readonly family: Family;
  readonly defaultLabels: Record<string, unknown>;
  readonly isWanted: (sampleName: string) => boolean;
  /** Told once where there are samples that can't be written: they are left out. */
  readonly onError: (error: unknown) => void;
}

/** prom-client takes names that begin with `__` too, which our own metrics do not. */
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Samples after which the writer hands on what it has. */
const BLOCK_SAMPLES = 128;

/** The text of the samples that another's metric gave. */
export function* writeForeign(
  samples: readonly ForeignSample[],
  options: WriteForeignOptions,
): Generator<string> {
  const write = sampleWriter(samples, options);
  let failed = false;
  let text = '';
  for (let i = 0; i < samples.length; i++) {
    try {
      text += write(samples[i] as ForeignSample);
    } catch (error) {
      if (!failed) {
        failed = true;
        options.onError(error);
      }
    }
    if (i % BLOCK_SAMPLES === BLOCK_SAMPLES - 1) {
      yield text;
      text = '';
    }
  }
  yield text;
}

/** Writes a sample's line; throws where the sample is none that a scraper would take. */
function sampleWriter(
  samples: readonly ForeignSample[],
  { name, type, family, defaultLabels, isWanted }: WriteForeignOptions,
): (sample: ForeignSample) => string {
  const isStrict = family.format === 'openmetrics';
  const isLeftOut = leftOut(samples, type, isStrict);
  return (sample) => {
    const sampleName = sample.metricName ?? name;
    if (!isWanted(sampleName) || isLeftOut(sample, sampleName)) {
      return '';
    }
    checkNames(sampleName, sample.labels);
    const labels = labelText({ ...defaultLabels, ...canonicalLabels(type, sample.labels) });
    const value = formatValue(Number(sample.value));
    const exemplar = isStrict ? exemplarOf(sample, family.type, sampleName) : '';
    return `${sampleName}${labels === '' ? '' : `{${labels}}`} ${value}${exemplar}\n`;
  };
}

/** A line with another name in it would spoil the whole exposition. */
function checkNames(sampleName: string, labels: Record<string, unknown> = {}): void {
  if (!isMetricName(sampleName)) {
    throw new TypeError(`"${sampleName}" is no valid name of a sample`);
  }
  for (const label of Object.keys(labels)) {
    if (!LABEL_NAME.test(label)) {
      throw new TypeError(`"${label}" is no valid label name`);
    }
  }
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
  // prom-client checks neither.
  if (!Object.keys(exemplar.labelSet).every((name) => LABEL_NAME.test(name))) {
    return '';
  }
  const length = [...Object.entries(exemplar.labelSet).flat().join('')].length;
  if (length > LONGEST_EXEMPLAR) {
    return '';
  }
  const time = Number.isFinite(exemplar.timestamp) ? ` ${exemplar.timestamp}` : '';
  return ` # {${labelText(exemplar.labelSet)}} ${formatValue(Number(exemplar.value))}${time}`;
}
