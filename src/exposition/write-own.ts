import { Histogram, Summary, type Metric, type SeriesCursor } from '../series/index.js';
import type { Family } from './family.js';
import { canonicalFloat, formatValue } from './numbers.js';

export interface WriteOptions {
  readonly family: Family;
  /** The registry's default labels that the metric has not itself, as they stand between braces. */
  readonly defaultLabels: string;
  /** Which samples are asked for, by name. */
  readonly isWanted: (sampleName: string) => boolean;
  /** Write `_created` samples. */
  readonly created: boolean;
}

/** Characters, and series, after which a writer hands on what it has. */
const BLOCK_LENGTH = 8 * 1024;
const BLOCK_SERIES = 128;

/**
 * The text of the samples of one of our metrics, straight from the store, in blocks that take less than a
 * millisecond; after each the metric may change. A block with quantiles comes when they are estimated.
 */
export function writeOwn(metric: Metric, options: WriteOptions): Iterable<string | Promise<string>> {
  if (metric instanceof Summary && metric.percentiles.length > 0) {
    return writeQuantiles(metric, options);
  }
  return inBlocks(metric.read(options.defaultLabels), writerOf(metric, options));
}

type WriteSeries = (series: SeriesCursor) => string;

function writerOf(metric: Metric, options: WriteOptions): WriteSeries {
  if (metric instanceof Histogram) {
    return histogramWriter(metric, options);
  }
  return metric instanceof Summary ? summaryWriter(metric, options) : plainWriter(metric, options);
}

function* inBlocks(series: SeriesCursor, write: WriteSeries): Generator<string> {
  let text = '';
  let count = 0;
  while (series.next()) {
    text += write(series);
    count++;
    if (count === BLOCK_SERIES || text.length >= BLOCK_LENGTH) {
      yield text;
      text = '';
      count = 0;
    }
  }
  yield text;
}

function plainWriter(metric: Metric, options: WriteOptions): WriteSeries {
  const { name } = metric;
  const { opening, close } = partsOf(metric, options);
  const own = opening(name);
  const created = createdWriter(metric, options, name.replace(/_total$/, ''), 1);
  return (series) => {
    const labels = series.labelText() + close;
    const line = sampleLine(own, labels, series.cells[series.at] as number);
    return created ? line + created(series, labels) : line;
  };
}

function histogramWriter(metric: Histogram, options: WriteOptions): WriteSeries {
  const { name, buckets } = metric;
  const { opening, close, comma } = partsOf(metric, options);
  const wantsBuckets = options.isWanted(`${name}_bucket`);
  const isStrict = options.family.format === 'openmetrics';
  // With negative buckets the sum may fall, and OpenMetrics 1.0 ("Histogram") has neither it nor a count.
  const isSigned = isStrict && (buckets[0] ?? 0) < 0;
  const sum = isSigned ? undefined : opening(`${name}_sum`);
  const total = isSigned ? undefined : opening(`${name}_count`);
  const created = createdWriter(metric, options, name, buckets.length + 2);
  const bucket = `${name}_bucket{`;
  const bounds = [...buckets, Infinity].map((bound) => `${comma}le="${canonicalFloat(bound)}"} `);
  return (series) => {
    const { cells, at } = series;
    const opened = series.labelText(bucket);
    let lines = '';
    let count = 0;
    let end = '0\n';
    for (let i = 0; i < bounds.length; i++) {
      const more = cells[at + i] as number;
      if (more !== 0) {
        count += more;
        end = `${formatValue(count)}\n`;
      }
      if (wantsBuckets) {
        lines += opened + (bounds[i] as string) + end;
      }
    }
    const labels = opened.slice(bucket.length) + close;
    const seen = cells[at + bounds.length] as number;
    if (!isStrict || seen >= 0) {
      lines += sampleLine(sum, labels, seen);
      if (total !== undefined) {
        lines += total + labels + end;
      }
    }
    return created ? lines + created(series, labels) : lines;
  };
}

function summaryWriter(metric: Metric, options: WriteOptions): WriteSeries {
  const { name } = metric;
  const { opening, close } = partsOf(metric, options);
  const [sum, total] = [opening(`${name}_sum`), opening(`${name}_count`)];
  const created = createdWriter(metric, options, name, 2);
  const isStrict = options.family.format === 'openmetrics';
  return (series) => {
    const { cells, at } = series;
    const labels = series.labelText() + close;
    const seen = cells[at + 1] as number;
    // OpenMetrics 1.0 ("Summary"): neither the sum nor a quantile is negative.
    const lines =
      (isStrict && seen < 0 ? '' : sampleLine(sum, labels, seen)) +
      sampleLine(total, labels, cells[at] as number);
    return created ? lines + created(series, labels) : lines;
  };
}

function* writeQuantiles(metric: Summary, options: WriteOptions): Generator<string | Promise<string>> {
  const { name, percentiles } = metric;
  const isWanted = options.isWanted(name);
  const { comma } = partsOf(metric, options);
  const rest = summaryWriter(metric, options);
  const isStrict = options.family.format === 'openmetrics';
  for (const series = metric.read(options.defaultLabels); series.next();) {
    // Now, since the store may have moved when the estimates are there.
    const [text, end] = [series.labelText(), rest(series)];
    const opening = `${name}{${text}${comma}quantile="`;
    const line = (value: number, i: number): string =>
      isStrict && value < 0
        ? ''
        : `${opening}${canonicalFloat(percentiles[i] as number)}"} ${formatValue(value)}\n`;
    const quantiles = isWanted ? metric.quantiles(series.row) : undefined;
    yield quantiles ? quantiles.then((values) => values.map(line).join('') + end) : end;
  }
}

/** What writes a series' `_created` sample; none where that isn't asked for or the family is `unknown`. */
function createdWriter(
  metric: Metric,
  options: WriteOptions,
  name: string,
  cell: number,
): ((series: SeriesCursor, labels: string) => string) | undefined {
  const opening = partsOf(metric, options).opening(`${name}_created`);
  if (!options.created || !metric.created || opening === undefined || options.family.type === 'unknown') {
    return undefined;
  }
  return ({ cells, at }, labels) => sampleLine(opening, labels, cells[at + cell] as number);
}

/** Nothing where the sample isn't asked for. */
function sampleLine(opening: string | undefined, labels: string, value: number): string {
  return opening === undefined ? '' : `${opening}${labels}${formatValue(value)}\n`;
}

interface LineParts {
  /** What comes before the labels of a sample; `undefined` where it isn't asked for. */
  opening(sampleName: string): string | undefined;
  /** Between the labels and the value. */
  readonly close: string;
  /** Between the labels and one more. */
  readonly comma: string;
}

/** What all lines of a metric have around their labels; no braces where it has none. */
function partsOf(metric: Metric, { isWanted, defaultLabels }: WriteOptions): LineParts {
  const isLabelled = metric.labelNames.length > 0 || defaultLabels !== '';
  return {
    opening: (sampleName) => (isWanted(sampleName) ? sampleName + (isLabelled ? '{' : '') : undefined),
    close: isLabelled ? '} ' : ' ',
    comma: isLabelled ? ',' : '',
  };
}
