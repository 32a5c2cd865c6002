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

/** Characters after which a writer hands on what it has. */
export const BLOCK = 64 * 1024;

/** The text of one of our metrics, in blocks of about 64 Ki characters; straight from the store. */
export function writeOwn(metric: Metric, options: WriteOptions): Iterable<string> | AsyncIterable<string> {
  if (metric instanceof Histogram) {
    return writeHistogram(metric, options);
  }
  return metric instanceof Summary ? writeSummary(metric, options) : writePlain(metric, options);
}

function* writePlain(metric: Metric, options: WriteOptions): Generator<string> {
  const { name } = metric;
  const isWanted = options.isWanted(name);
  const created = createdOf(metric, options, name.replace(/_total$/, ''), 1);
  let text = options.family.head;
  for (const series = metric.read(); series.next();) {
    const labels = labelsOf(series, options.defaultLabels);
    if (isWanted) {
      text += `${name}${braced(labels)} ${formatValue(series.cells[series.at] as number)}\n`;
    }
    text += created(series, labels);
    if (text.length >= BLOCK) {
      yield text;
      text = '';
    }
  }
  yield text;
}

function* writeHistogram(metric: Histogram<string>, options: WriteOptions): Generator<string> {
  const { name, buckets } = metric;
  const { defaultLabels, isWanted } = options;
  const [wantsBuckets, wantsSum, wantsCount] = ['_bucket', '_sum', '_count'].map((suffix) =>
    isWanted(name + suffix),
  );
  const bounds = [...buckets, Infinity].map((bound) => `le="${canonicalFloat(bound)}"} `);
  const last = buckets.length;
  const created = createdOf(metric, options, name, last + 2);
  let text = options.family.head;
  for (const series = metric.read(); series.next();) {
    const labels = labelsOf(series, defaultLabels);
    const { cells, at } = series;
    const opening = `${name}_bucket{${labels === '' ? '' : `${labels},`}`;
    let count = 0;
    let line = `${0}\n`;
    for (let i = 0; i <= last; i++) {
      const more = cells[at + i] as number;
      if (more !== 0) {
        count += more;
        line = `${count}\n`;
      }
      if (wantsBuckets) {
        text += opening + (bounds[i] as string) + line;
      }
    }
    if (wantsSum) {
      text += `${name}_sum${braced(labels)} ${formatValue(cells[at + last + 1] as number)}\n`;
    }
    if (wantsCount) {
      text += `${name}_count${braced(labels)} ${line}`;
    }
    text += created(series, labels);
    if (text.length >= BLOCK) {
      yield text;
      text = '';
    }
  }
  yield text;
}

async function* writeSummary(metric: Summary<string>, options: WriteOptions): AsyncGenerator<string> {
  const { name, percentiles } = metric;
  const { defaultLabels, isWanted } = options;
  const [wantsQuantiles, wantsSum, wantsCount] = ['', '_sum', '_count'].map((suffix) =>
    isWanted(name + suffix),
  );
  const created = createdOf(metric, options, name, 2);
  let text = options.family.head;
  for (const series = metric.read(); series.next();) {
    const labels = labelsOf(series, defaultLabels);
    // Before the wait, after which the store may have moved.
    const count = series.cells[series.at] as number;
    const sum = series.cells[series.at + 1] as number;
    const end = created(series, labels);
    const quantiles = wantsQuantiles ? await metric.quantiles(series.row) : undefined;
    quantiles?.forEach((value, i) => {
      const quantile = `quantile="${canonicalFloat(percentiles[i] as number)}"`;
      text += `${name}{${labels === '' ? '' : `${labels},`}${quantile}} ${formatValue(value)}\n`;
    });
    if (wantsSum) {
      text += `${name}_sum${braced(labels)} ${formatValue(sum)}\n`;
    }
    if (wantsCount) {
      text += `${name}_count${braced(labels)} ${formatValue(count)}\n`;
    }
    text += end;
    if (text.length >= BLOCK) {
      yield text;
      text = '';
    }
  }
  yield text;
}

function createdOf(
  metric: Metric,
  { created, isWanted, family }: WriteOptions,
  name: string,
  cell: number,
): (series: SeriesCursor, labels: string) => string {
  const sample = `${name}_created`;
  if (!created || !metric.created || !isWanted(sample) || family.type === 'unknown') {
    return () => '';
  }
  return ({ cells, at }, labels) => `${sample}${braced(labels)} ${formatValue(cells[at + cell] as number)}\n`;
}

function labelsOf(series: SeriesCursor, defaultLabels: string): string {
  const own = series.labelText();
  return own === '' || defaultLabels === '' ? own + defaultLabels : `${own},${defaultLabels}`;
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}
