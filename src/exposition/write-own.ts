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
  const isWanted = options.isWanted(name);
  const created = createdWriter(metric, options, name.replace(/_total$/, ''), 1);
  return (series) => {
    const labels = braced(series.labelText());
    const value = isWanted ? `${name}${labels} ${formatValue(series.cells[series.at] as number)}\n` : '';
    return created ? value + created(series, labels) : value;
  };
}

function histogramWriter(metric: Histogram, { isWanted, ...options }: WriteOptions): WriteSeries {
  const { name, buckets } = metric;
  const wantsBuckets = isWanted(`${name}_bucket`);
  // With negative buckets the sum may fall, and OpenMetrics 1.0 ("Histogram") has neither it nor a count.
  const isSigned = options.family.format === 'openmetrics' && (buckets[0] ?? 0) < 0;
  const sum = isWanted(`${name}_sum`) && !isSigned ? `${name}_sum` : undefined;
  const total = isWanted(`${name}_count`) && !isSigned ? `${name}_count` : undefined;
  const created = createdWriter(metric, { isWanted, ...options }, name, buckets.length + 2);
  const bounds = [...buckets, Infinity].map((bound) => `le="${canonicalFloat(bound)}"} `);
  return (series) => {
    const { cells, at } = series;
    const text = series.labelText();
    const opening = [`${name}_bucket{`, text, text === '' ? '' : ','].join('');
    let lines = '';
    let count = 0;
    let end = '0\n';
    for (let i = 0; i < bounds.length; i++) {
      const more = cells[at + i] as number;
      if (more !== 0) {
        count += more;
        end = `${count}\n`;
      }
      if (wantsBuckets) {
        lines += opening + (bounds[i] as string) + end;
      }
    }
    const labels = braced(text);
    if (sum !== undefined) {
      lines += `${sum}${labels} ${formatValue(cells[at + bounds.length] as number)}\n`;
    }
    if (total !== undefined) {
      lines += `${total}${labels} ${end}`;
    }
    return created ? lines + created(series, labels) : lines;
  };
}

function summaryWriter(metric: Metric, options: WriteOptions): WriteSeries {
  const { name } = metric;
  const [wantsSum, wantsCount] = [options.isWanted(`${name}_sum`), options.isWanted(`${name}_count`)];
  const created = createdWriter(metric, options, name, 2);
  return (series) => {
    const labels = braced(series.labelText());
    const [count, sum] = [series.cells[series.at] as number, series.cells[series.at + 1] as number];
    const lines =
      (wantsSum ? `${name}_sum${labels} ${formatValue(sum)}\n` : '') +
      (wantsCount ? `${name}_count${labels} ${formatValue(count)}\n` : '');
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
  { created, isWanted, family }: WriteOptions,
  name: string,
  cell: number,
): ((series: SeriesCursor, labels: string) => string) | undefined {
  const sample = `${name}_created`;
  if (!created || !metric.created || !isWanted(sample) || family.type === 'unknown') {
    return undefined;
  }
  return ({ cells, at }, labels) => `${sample}${labels} ${formatValue(cells[at + cell] as number)}\n`;
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}
