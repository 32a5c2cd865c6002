import type { ExpositionFormat } from './formats.js';

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

const OPENMETRICS = 'application/openmetrics-text';
const TEXT = 'text/plain';
const TEXT_VERSION = '0.0.4';
/** Versions of OpenMetrics that a scraper of one reads the other's expositions of, as we write them. */
const OPENMETRICS_VERSIONS = ['1.0.0', '0.0.1'];

/**
 * The format that an `Accept` header prefers (RFC 9110, 12.5.1): of two of the same weight the one that is named
 * first, as in Prometheus's own libraries, and text where neither is named, or nothing that we write is asked for.
 */
export function negotiate(accept: string | undefined): ExpositionFormat {
  const ranges = (accept ?? '').split(',').map(parseRange);
  const openmetrics = weightIn(ranges, [isOpenMetrics, isOfType('application/*'), isOfType('*/*')]);
  const text = weightIn(ranges, [isText, isOfType('text/*'), isOfType('*/*')]);
  const isFirst = placeOf(isOpenMetrics, ranges) < placeOf(isText, ranges);
  return openmetrics > text || (openmetrics > 0 && openmetrics === text && isFirst) ? 'openmetrics' : 'text';
}

type Matches = (range: MediaRange) => boolean;

const isOpenMetrics: Matches = ({ type, parameters }) => {
  const version = parameters.get('version');
  return type === OPENMETRICS && (version === undefined || OPENMETRICS_VERSIONS.includes(version));
};

const isText: Matches = ({ type, parameters }) =>
  type === TEXT && (parameters.get('version') ?? TEXT_VERSION) === TEXT_VERSION;

const isOfType =
  (wanted: string): Matches =>
  ({ type }) =>
    type === wanted;

function placeOf(isWanted: Matches, ranges: readonly MediaRange[]): number {
  const place = ranges.findIndex(isWanted);
  return place < 0 ? Infinity : place;
}

/** The weight of a format, by the kinds of ranges that mean it: the most precise that there is decides. */
function weightIn(ranges: readonly MediaRange[], kinds: readonly Matches[]): number {
  for (const isOfKind of kinds) {
    const weights = ranges.filter(isOfKind).map(({ weight }) => weight);
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
