import { libraries, type Library } from '../records/libraries.js';

/** A server whose one histogram is scraped. */
export interface ScrapeVariant {
  name: string;
  library: Library;
  /** Whether the scraper takes it compressed, as Prometheus does. */
  gzip: boolean;
  /** Label sets of the histogram. */
  sets: number;
}

/** Eleven buckets and +Inf, the sum and the count. */
export const SERIES_PER_SET = 14;

export const variantsOf = (sets: number): ScrapeVariant[] => [
  ...libraries.map((library) => ({ name: library, library, gzip: false, sets })),
  { name: 'nestjs-prometheus-exporter, gzip', library: 'nestjs-prometheus-exporter', gzip: true, sets },
];
