import { labelNameFault } from '../labels/label-name.js';
import type { PushOptions } from '../push/push.options.js';
import { MetricsOptionsError, checkInteger, checkObject, checkOneOf } from './option-checks.js';
import { checkPushHeaders } from './push-headers.js';
import type { ResolvedPushOptions } from './resolved-options.js';

const LONGEST_TIMER = 2 ** 31 - 1;
/** Shorter ones would also stand where they mean something else. */
const SHORTEST_SECRET = 4;

/** No message shows what was given: URL and headers may hold secrets. */
export function resolvePush(push: PushOptions | undefined): ResolvedPushOptions | undefined {
  if (push === undefined) {
    return undefined;
  }
  checkObject(push, 'push', [
    'url',
    'job',
    'grouping',
    'method',
    'interval',
    'onShutdown',
    'timeout',
    'headers',
    'basicAuth',
  ]);
  const { url, inUrl } = resolveUrl(push.url);
  if (typeof push.job !== 'string' || push.job === '') {
    throw new MetricsOptionsError('push.job', 'must be a string that is not empty');
  }
  checkOneOf(push.method, 'push.method', ['put', 'post']);
  checkInteger(push.interval, 'push.interval', 1, LONGEST_TIMER);
  checkOneOf(push.onShutdown, 'push.onShutdown', ['push', 'delete', 'none']);
  checkInteger(push.timeout, 'push.timeout', 1, LONGEST_TIMER);
  const credentials = resolveCredentials(push.basicAuth, inUrl);
  const headers = checkPushHeaders(push.headers, credentials !== undefined);
  const encoded =
    credentials && Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
  return {
    url,
    job: push.job,
    grouping: resolveGrouping(push.grouping),
    method: push.method ?? 'put',
    interval: push.interval,
    onShutdown: push.onShutdown ?? 'push',
    timeout: push.timeout ?? 10_000,
    headers: { ...headers, ...(encoded !== undefined && { authorization: `Basic ${encoded}` }) },
    secrets: [encoded, credentials?.password, ...Object.values(headers)]
      .filter((secret) => secret !== undefined)
      .filter(({ length }) => length >= SHORTEST_SECRET),
  };
}

type Credentials = NonNullable<PushOptions['basicAuth']>;

/** `fetch` takes no URL with credentials, which are those of basic authentication. */
function resolveUrl(given: unknown): { url: string; inUrl: Credentials | undefined } {
  if (typeof given !== 'string' || !URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new MetricsOptionsError(
      'push.url',
      'must be an http or https URL, such as http://pushgateway:9091',
    );
  }
  const { origin, pathname, username, password, search, hash } = new URL(given);
  if (search !== '' || hash !== '') {
    throw new MetricsOptionsError('push.url', 'must be without a query and a fragment');
  }
  const url = origin + pathname.replace(/\/+$/, '');
  if (username === '' && password === '') {
    return { url, inUrl: undefined };
  }
  try {
    return { url, inUrl: { user: decodeURIComponent(username), password: decodeURIComponent(password) } };
  } catch {
    throw new MetricsOptionsError('push.url', 'has credentials that are not percent-encoded');
  }
}

function resolveCredentials(
  basicAuth: PushOptions['basicAuth'],
  inUrl: Credentials | undefined,
): Credentials | undefined {
  checkObject(basicAuth, 'push.basicAuth', ['user', 'password']);
  if (basicAuth && inUrl) {
    throw new MetricsOptionsError(
      'push.basicAuth',
      'stands beside credentials in "push.url": give one of both',
    );
  }
  for (const name of ['user', 'password'] as const) {
    if (basicAuth && typeof basicAuth[name] !== 'string') {
      throw new MetricsOptionsError(`push.basicAuth.${name}`, 'must be a string');
    }
  }
  const credentials = basicAuth ?? inUrl;
  if (credentials?.user.includes(':')) {
    throw new MetricsOptionsError(
      basicAuth ? 'push.basicAuth.user' : 'push.url',
      'has a ":" in the user, which basic authentication can\'t tell from the password (RFC 7617)',
    );
  }
  return credentials;
}

function resolveGrouping(grouping: PushOptions['grouping'] = {}): [string, string][] {
  checkObject(grouping, 'push.grouping', Object.keys(grouping ?? {}));
  return Object.entries(grouping).map(([name, value]: [string, unknown]) => {
    const fault = name === 'job' ? 'the label "job" is that of "push.job"' : labelNameFault(name);
    if (fault) {
      throw new MetricsOptionsError('push.grouping', `can't be used: ${fault}`);
    }
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw new MetricsOptionsError(`push.grouping.${name}`, 'must be a string, a number or a boolean');
    }
    return [name, String(value)];
  });
}
