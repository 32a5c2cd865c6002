import type { ExpositionFormat } from './formats.js';

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

const OPENMETRICS = 'application/openmetrics-text';
const TEXT = 'text/plain';
/** Versions of OpenMetrics that a scraper of one reads the other's expositions of, as we write them. */
const OPENMETRICS_VERSIONS = ['1.0.0', '0.0.1'];

/**
 * The format that an `Accept` header asks for (RFC 9110, 12.5.1): OpenMetrics where it is named and
 * preferred to text, text in all other cases, also where the header asks for nothing that we write.
 */
export function negotiate(accept: string | undefined): ExpositionFormat {
  const ranges = (accept ?? '').split(',').map(parseRange);
  const openmetrics = Math.max(0, ...ranges.filter(isOpenMetrics).map(({ weight }) => weight));
  const text = textWeight(ranges);
  // At the same weight the first one named comes first, as in Prometheus's own libraries.
  const isFirst = ranges.findIndex(isOpenMetrics) < firstText(ranges);
  return openmetrics > text || (openmetrics > 0 && openmetrics === text && isFirst) ? 'openmetrics' : 'text';
}

function isOpenMetrics({ type, parameters }: MediaRange): boolean {
  const version = parameters.get('version');
  return type === OPENMETRICS && (version === undefined || OPENMETRICS_VERSIONS.includes(version));
}

function firstText(ranges: readonly MediaRange[]): number {
  const index = ranges.findIndex(({ type }) => type === TEXT);
  return index < 0 ? Infinity : index;
}

/** A range that names text decides over one that means anything. */
function textWeight(ranges: readonly MediaRange[]): number {
  for (const name of [TEXT, 'text/*', '*/*']) {
    const weights = ranges
      .filter(({ type, parameters }) => type === name && (parameters.get('version') ?? '0.0.4') === '0.0.4')
      .map(({ weight }) => weight);
    if (weights.length > 0) {
      return Math.max(...weights);
    }
  }
  return 0;
}

function parseRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((parameter): [string, string] => {
      const [name = '', value = ''] = parameter.split('=');
      return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')];
    }),
  );
  return { type: type.toLowerCase(), parameters, weight: weightOf(parameters.get('q')) };
}

/** A weight that is none counts as a refusal. */
function weightOf(q: string | undefined): number {
  if (q === undefined) {
    return 1;
  }
  const weight = q === '' ? NaN : Number(q);
  return weight >= 0 && weight <= 1 ? weight : 0;
}
