import { verdict, type Bar } from '../lib/bar.js';
import { fixed, spread } from '../lib/format.js';
import { ratios } from '../lib/statistics.js';
import type { Table } from '../lib/table.js';
import type { Result } from './scraped-server.js';
import { SERIES_PER_SET, type ScrapeVariant } from './variants.js';

/** What came of a variant; `failure` says why there is less than was asked for. */
export interface Outcome {
  variant: ScrapeVariant;
  results: readonly Result[];
  failure?: string;
}

interface Measure {
  title: string;
  /** Of one round. */
  figure(result: Result): number;
  /** Label sets below which the figure is none. */
  from?: number;
  digits: number;
}

const MB = 1e6;

const measures: readonly Measure[] = [
  { title: 'Milliseconds from the request until the last byte', figure: ({ total }) => total, digits: 1 },
  { title: 'Longest block of the event loop, milliseconds', figure: ({ block }) => block, digits: 1 },
  { title: 'Slowest other request during a scrape, milliseconds', figure: ({ ping }) => ping, digits: 1 },
  {
    title: 'Resident memory beyond that before, with a slow reader, MB',
    figure: ({ resident }) => resident / MB,
    digits: 1,
  },
  {
    title: 'Memory in use beyond that before, with a slow reader, MB',
    figure: ({ kept }) => kept / MB,
    digits: 1,
  },
  { title: 'Bytes kept for a label set', figure: ({ bytesPerSet }) => bytesPerSet, from: 1_000, digits: 0 },
];

export function tables(outcomes: readonly Outcome[]): Table[] {
  return [...measures.map((measure) => table(measure, outcomes)), held(outcomes)];
}

/** One row a library, one column a size. */
function table({ title, figure, from = 0, digits }: Measure, outcomes: readonly Outcome[]): Table {
  const sizes = [...new Set(outcomes.map(({ variant }) => variant.sets))];
  const names = [...new Set(outcomes.map(({ variant }) => variant.name))];
  const cell = (name: string, sets: number) => {
    const outcome = outcomes.find(({ variant }) => variant.name === name && variant.sets === sets);
    return outcome?.failure ?? spread(sets < from ? [] : (outcome?.results.map(figure) ?? []), digits);
  };
  return {
    title,
    words: 1,
    columns: ['library', ...sizes.map((sets) => `${fixed(sets * SERIES_PER_SET)} series`)],
    rows: names.map((name) => [name, ...sizes.map((sets) => cell(name, sets))]),
  };
}

/** What this library is held to. */
function held(outcomes: readonly Outcome[]): Table {
  const figures = (series: number, figure: (result: Result) => number) =>
    outcomes
      .find(
        ({ variant }) =>
          variant.name === 'nestjs-prometheus-exporter' && variant.sets * SERIES_PER_SET === series,
      )
      ?.results.map(figure) ?? [];
  const perSeries = (series: number) => figures(series, ({ total }) => total / series);
  const rows: [string, number[], number, Bar][] = [
    ['140 000 series: total', figures(140_000, ({ total }) => total), 1, { atMost: 30, unit: 'ms' }],
    ['140 000 series: longest block', figures(140_000, ({ block }) => block), 1, { atMost: 5, unit: 'ms' }],
    [
      '1 400 000 series: longest block',
      figures(1_400_000, ({ block }) => block),
      1,
      { atMost: 5, unit: 'ms' },
    ],
    [
      '1 400 000 series: resident memory, slow reader',
      figures(1_400_000, ({ resident }) => resident / MB),
      1,
      { atMost: 16, unit: 'MB' },
    ],
    [
      'time per series at 1 400 000, of that at 14 000',
      ratios(perSeries(1_400_000), perSeries(14_000)),
      2,
      { atMost: 1.3 },
    ],
    [
      '140 000 series: kept for a label set',
      figures(140_000, ({ bytesPerSet }) => bytesPerSet),
      0,
      { atMost: 450, unit: 'bytes' },
    ],
  ];
  return {
    title: 'nestjs-prometheus-exporter is held to',
    words: 1,
    columns: ['measure', 'figure', 'bar'],
    rows: rows.map(([measure, of, digits, bar]) => [measure, spread(of, digits), verdict(of, bar)]),
  };
}
