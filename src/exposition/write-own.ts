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
  const { open, close } = bracesOf(metric, options);
  const opening = name + open;
  const isWanted = options.isWanted(name);
  const created = createdWriter(metric, options, name.replace(/_total$/, ''), 1);
  return (series) => {
    const opened = series.labelText(opening) + close;
    const line = isWanted ? `${opened}${formatValue(series.cells[series.at] as number)}\n` : '';
    return created ? line + created(series, opened.slice(opening.length)) : line;
  };
}

function histogramWriter(metric: Histogram, options: WriteOptions): WriteSeries {
  const { name, buckets } = metric;
  const { isWanted } = options;
  const { open, close } = bracesOf(metric, options);
  const wantsBuckets = isWanted(`${name}_bucket`);
  // With negative buckets the sum may fall, and OpenMetrics 1.0 ("Histogram") has neither it nor a count.
  const isSigned = options.family.format === 'openmetrics' && (buckets[0] ?? 0) < 0;
  const sum = isWanted(`${name}_sum`) && !isSigned ? `${name}_sum${open}` : undefined;
  const total = isWanted(`${name}_count`) && !isSigned ? `${name}_count${open}` : undefined;
  const created = createdWriter(metric, options, name, buckets.length + 2);
  const opening = `${name}_bucket{`;
  const comma = open === '' ? '' : ',';
  const bounds = [...buckets, Infinity].map((bound) => `${comma}le="${canonicalFloat(bound)}"} `);
  return (series) => {
    const { cells, at } = series;
    const opened = series.labelText(opening);
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
    const labels = opened.slice(opening.length) + close;
    if (sum !== undefined) {
      lines += `${sum}${labels}${formatValue(cells[at + bounds.length] as number)}\n`;
    }
    if (total !== undefined) {
      lines += total + labels + end;
    }
    return created ? lines + created(series, labels) : lines;
  };
}

function summaryWriter(metric: Metric, options: WriteOptions): WriteSeries {
  const { name } = metric;
  const { open, close } = bracesOf(metric, options);
  const sum = options.isWanted(`${name}_sum`) ? `${name}_sum${open}` : undefined;
  const total = options.isWanted(`${name}_count`) ? `${name}_count${open}` : undefined;
  const created = createdWriter(metric, options, name, 2);
  return (series) => {
    const { cells, at } = series;
    const labels = series.labelText() + close;
    let lines = '';
    if (sum !== undefined) {
      lines += `${sum}${labels}${formatValue(cells[at + 1] as number)}\n`;
    }
    if (total !== undefined) {
      lines += `${total}${labels}${formatValue(cells[at] as number)}\n`;
    }
    return created ? lines + created(series, labels) : lines;
  };
}

function* writeQuantiles(metric: Summary, options: WriteOptions): Generator<string | Promise<string>> {
  const { name, percentiles } = metric;
  const isWanted = options.isWanted(name);
  const rest = summaryWriter(metric, options);
  for (const series = metric.read(options.defaultLabels); series.next();) {
    // Now, since the store may have moved when the estimates are there.
    const [text, end] = [series.labelText(), rest(series)];
    const opening = `${name}{${text}${text === '' ? '' : ','}quantile="`;
    const line = (value: number, i: number): string =>
      `${opening}${canonicalFloat(percentiles[i] as number)}"} ${formatValue(value)}\n`;
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
  const { created, isWanted, family } = options;
  const sample = `${name}_created`;
  if (!created || !metric.created || !isWanted(sample) || family.type === 'unknown') {
    return undefined;
  }
  const opening = sample + bracesOf(metric, options).open;
  return ({ cells, at }, labels) => `${opening}${labels}${formatValue(cells[at + cell] as number)}\n`;
}

/** What stands between a sample's name and its labels, and between these and its value. */
function bracesOf(metric: Metric, { defaultLabels }: WriteOptions): { open: string; close: string } {
  const isLabelled = metric.labelNames.length > 0 || defaultLabels !== '';
  return isLabelled ? { open: '{', close: '} ' } : { open: '', close: ' ' };
}
