import type { ForeignSample } from './collect.js';
import { labelText } from './default-labels.js';

const NONE: ReadonlySet<string> = new Set();

/**
 * Tells the samples of another's metric that the exposition can't have.
 *
 * @param isStrict whether it is in OpenMetrics, which has no sums and quantiles below 0 (1.0, "Histogram", "Summary").
 */
export function leftOut(
  samples: readonly ForeignSample[],
  type: string,
  isStrict: boolean,
): (sample: ForeignSample, sampleName: string) => boolean {
  if (type === 'summary') {
    return ({ labels, value }, sampleName) =>
      isStrict && isNegative(value) && (labels?.['quantile'] !== undefined || sampleName.endsWith('_sum'));
  }
  if (type !== 'histogram') {
    return () => false;
  }
  // As in our own histograms: OpenMetrics has no sum and no count beside negative buckets, nor beside a negative sum.
  const isSigned = isStrict && samples.some((sample) => isNegative(sample?.labels?.['le']));
  const fallen = isStrict ? negativeSums(samples) : NONE;
  // Of buckets that go up to Infinity prom-client gives the last one twice: as this number, with its exemplar, and as text.
  const isTwice = samples.some((sample) => sample?.labels?.['le'] === Infinity);
  return ({ labels }, sampleName) =>
    (isTwice && labels?.['le'] === '+Inf') ||
    (/_(sum|count)$/.test(sampleName) &&
      (isSigned || (fallen.size > 0 && fallen.has(labelText(labels ?? {})))));
}

/** The label sets whose observations come to less than 0. */
function negativeSums(samples: readonly ForeignSample[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const sample of samples) {
    if (
      isNegative(sample?.value) &&
      typeof sample.metricName === 'string' &&
      sample.metricName.endsWith('_sum')
    ) {
      try {
        found.add(labelText(sample.labels ?? {}));
      } catch {
        // It has a label value without a text, and is left out when its turn comes.
      }
    }
  }
  return found;
}

/** Whether it is a number below 0, or the text of one; samples may hold anything. */
function isNegative(value: unknown): boolean {
  return (typeof value === 'number' || typeof value === 'string') && Number(value) < 0;
}
