import { openMetricsSuffixesOf } from '../series/index.js';

/** Which metrics and samples a scrape asks for by `name[]`. */
export class NameFilter {
  private readonly names: ReadonlySet<string> | undefined;

  /** No names: everything. */
  constructor(names: readonly string[] | undefined) {
    this.names = names && names.length > 0 ? new Set(names) : undefined;
  }

  /**
   * What is asked for of a metric: all samples where its name is given (of a counter also without
   * `_total`), else those whose names are; `undefined` where it is nothing.
   */
  select(metricName: string, type: string): ((sampleName: string) => boolean) | undefined {
    const { names } = this;
    if (names === undefined || names.has(metricName)) {
      return ALL;
    }
    if (
      type === 'counter' &&
      metricName.endsWith('_total') &&
      names.has(metricName.slice(0, -'_total'.length))
    ) {
      return ALL;
    }
    const asked = sampleNames(metricName, type).some((name) => names.has(name));
    return asked ? (sampleName) => names.has(sampleName) : undefined;
  }
}

const ALL = (): boolean => true;

function sampleNames(metricName: string, type: string): string[] {
  if (type === 'counter') {
    return [`${metricName.replace(/_total$/, '')}_created`];
  }
  return openMetricsSuffixesOf(type).map((suffix) => metricName + suffix);
}
