import { isLabelName, labelNameFault } from '../labels/label-name.js';
import type { GroupBy, HttpOptions } from '../metrics.options.js';
import { DEFAULT_BUCKETS } from '../series/index.js';
import { MetricsOptionsError, checkObject, checkOneOf, checkType } from './option-checks.js';
import type { ResolvedGroupBy, ResolvedHttpOptions } from './resolved-options.js';

const GROUP_BY_WORDS = ['route', 'path', 'url', 'handler'] as const;

export function resolveHttp(options: HttpOptions | false | undefined): ResolvedHttpOptions | false {
  if (options === false) {
    return false;
  }
  const http: HttpOptions = options === undefined ? {} : options;
  checkHttp(http);
  return {
    groupBy: resolveGroupBy(http.groupBy),
    buckets: http.buckets ?? DEFAULT_BUCKETS,
    latency: http.latency ?? 'histogram',
    excludedPaths: resolvePaths(http.excludedPaths),
    excludeUserDefaults: http.excludeUserDefaults ?? true,
    statusClasses: http.statusClasses ?? false,
    sizes: http.sizes ?? false,
    via: http.via,
    requestContext: http.requestContext ?? false,
  };
}

/** `'shop'` becomes `'shop_'`. */
export function resolvePrefix(options: HttpOptions | false | undefined): string {
  const prefix = (options && options.prefix) || '';
  return prefix === '' || prefix.endsWith('_') ? prefix : `${prefix}_`;
}

function checkHttp(http: HttpOptions): void {
  checkObject(http, 'http', [
    'prefix',
    'groupBy',
    'buckets',
    'latency',
    'excludedPaths',
    'excludeUserDefaults',
    'statusClasses',
    'sizes',
    'via',
    'requestContext',
  ]);
  checkType(http.prefix, 'http.prefix', 'string');
  if (http.prefix && !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(http.prefix)) {
    throw new MetricsOptionsError(
      'http.prefix',
      `must begin a metric name, which ${JSON.stringify(http.prefix)} can't`,
    );
  }
  if (http.buckets !== undefined) {
    checkBuckets(http.buckets);
  }
  checkOneOf(http.latency, 'http.latency', ['histogram', 'summary']);
  checkType(http.excludeUserDefaults, 'http.excludeUserDefaults', 'boolean');
  checkType(http.statusClasses, 'http.statusClasses', 'boolean');
  checkType(http.sizes, 'http.sizes', 'boolean');
  checkOneOf(http.via, 'http.via', ['adapter', 'interceptor']);
  checkType(http.requestContext, 'http.requestContext', 'boolean');
}

function checkBuckets(buckets: unknown): void {
  const numbers = Array.isArray(buckets) && buckets.length > 0 && buckets.every(Number.isFinite);
  if (
    !numbers ||
    !(buckets as number[]).every((bound, i, all) => i === 0 || bound > (all[i - 1] as number))
  ) {
    throw new MetricsOptionsError('http.buckets', 'must be an ascending array of finite numbers, in seconds');
  }
}

function resolveGroupBy(groupBy: GroupBy = 'route'): ResolvedGroupBy {
  if (typeof groupBy === 'string') {
    checkOneOf(groupBy, 'http.groupBy', GROUP_BY_WORDS);
    return { label: groupBy, by: groupBy };
  }
  if (typeof groupBy === 'function') {
    checkFunctionName(groupBy.name);
    return { label: groupBy.name, by: 'function', value: groupBy };
  }
  checkObject(groupBy, 'http.groupBy', ['label', 'value']);
  if (typeof groupBy.value !== 'function' || typeof groupBy.label !== 'string') {
    throw new MetricsOptionsError('http.groupBy', 'must have a "label" and a function "value"');
  }
  checkLabel(groupBy.label);
  return { label: groupBy.label, by: 'function', value: groupBy.value };
}

function checkFunctionName(name: string): void {
  // An arrow function right in the options is named after its key, which is nobody's wish.
  if (name === '' || name === 'groupBy' || !isLabelName(name)) {
    throw new MetricsOptionsError(
      'http.groupBy',
      `is a function whose name, ${JSON.stringify(name)}, can't name the label: name the function, or give { label, value }`,
    );
  }
  checkLabel(name);
}

function checkLabel(label: string): void {
  const fault =
    label === 'method' || label === 'status' ? `the label name "${label}" is taken` : labelNameFault(label);
  if (fault) {
    throw new MetricsOptionsError('http.groupBy', `can't be used: ${fault}`);
  }
}

function resolvePaths(paths: HttpOptions['excludedPaths'] = []): RegExp[] {
  const list: readonly unknown[] = Array.isArray(paths) ? paths : [paths];
  return list.map((path) => {
    // Object.prototype.toString, since a RegExp of a Jest sandbox is no instance of ours.
    if (typeof path !== 'string' && Object.prototype.toString.call(path) !== '[object RegExp]') {
      throw new MetricsOptionsError('http.excludedPaths', 'must be made of strings and regular expressions');
    }
    if (path === '') {
      throw new MetricsOptionsError(
        'http.excludedPaths',
        'has an empty string, which every path begins with',
      );
    }
    const { source, flags } = typeof path === 'string' ? { source: path, flags: '' } : (path as RegExp);
    try {
      return new RegExp(`(?:${source})`, `${flags.replace(/[gy]/g, '')}y`);
    } catch (error) {
      throw new MetricsOptionsError(
        'http.excludedPaths',
        `is no regular expression: ${(error as Error).message}`,
      );
    }
  });
}
