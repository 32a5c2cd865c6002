/** One sample of a text scrape. */
export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All samples of a text scrape whose label values have no escapes in them. */
export function samplesIn(body: string): ScrapedSample[] {
  return body
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const parts = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (!parts) {
        throw new Error(`no sample: ${line}`);
      }
      const [, name = '', labels = '', value = ''] = parts;
      return {
        name,
        labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v])),
        value: value === '+Inf' ? Infinity : Number(value),
      };
    });
}

/** The values of the samples that have these labels among their own. */
export function valuesIn(body: string, name: string, labels: Record<string, string | number> = {}): number[] {
  return samplesIn(body)
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === `${value}`))
    .map(({ value }) => value);
}
