/** prom-client's and most clients' default: seconds, for an answer to a request. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The finite upper bounds of a histogram; throws unless they are numbers in strictly ascending order. */
export function checkBuckets(
  metric: string,
  buckets: readonly number[] = DEFAULT_BUCKETS,
): readonly number[] {
  if (!Array.isArray(buckets)) {
    throw new TypeError(`Metric "${metric}": buckets must be an array of numbers`);
  }
  // A copy, since the caller may go on changing its array; 0 instead of -0, which `le` could not tell apart.
  const bounds = buckets.map((bound: unknown, i) => {
    if (typeof bound !== 'number' || Number.isNaN(bound) || bound === -Infinity) {
      throw new TypeError(`Metric "${metric}": bucket ${String(bound)} is no finite number`);
    }
    if (i > 0 && bound <= (buckets[i - 1] as number)) {
      throw new TypeError(
        `Metric "${metric}": buckets must ascend, but ${bound} comes after ${buckets[i - 1]}`,
      );
    }
    return bound + 0;
  });
  if (bounds.at(-1) === Infinity) {
    bounds.pop();
  }
  return Object.freeze(bounds);
}

/**
 * The quantiles of a summary, ascending; throws unless they are different numbers from 0 to 1 (OpenMetrics 1.0,
 * "Summary").
 */
export function checkPercentiles(metric: string, percentiles: readonly number[] = []): readonly number[] {
  if (!Array.isArray(percentiles)) {
    throw new TypeError(`Metric "${metric}": percentiles must be an array of numbers`);
  }
  const sorted = percentiles.toSorted((a: number, b: number) => a - b);
  sorted.forEach((quantile: unknown, i) => {
    if (typeof quantile !== 'number' || !(quantile >= 0 && quantile <= 1)) {
      throw new TypeError(`Metric "${metric}": percentile ${String(quantile)} is not between 0 and 1`);
    }
    if (i > 0 && quantile === sorted[i - 1]) {
      throw new TypeError(`Metric "${metric}": percentile ${quantile} is given twice`);
    }
  });
  return Object.freeze(sorted);
}
