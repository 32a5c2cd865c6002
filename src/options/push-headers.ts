import { MetricsOptionsError, checkObject } from './option-checks.js';

/** They belong to the body that is sent, or to the connection. */
const TAKEN = [
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
];

/**
 * The headers by their names in lower case.
 * @throws TypeError that names the header, and never shows its value.
 */
export function checkPushHeaders(
  given: Readonly<Record<string, string>> = {},
  hasCredentials: boolean,
): Record<string, string> {
  checkObject(given, 'push.headers', Object.keys(given ?? {}));
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    const option = `push.headers.${name}`;
    const key = name.toLowerCase();
    if (TAKEN.includes(key)) {
      throw new MetricsOptionsError(option, 'is set by the push itself');
    }
    if (key === 'authorization' && hasCredentials) {
      throw new MetricsOptionsError(option, 'stands beside a user and password: give one of both');
    }
    if (typeof value !== 'string') {
      throw new MetricsOptionsError(option, 'must be a string');
    }
    try {
      headers.append(name, value);
    } catch {
      throw new MetricsOptionsError(option, 'is no HTTP header');
    }
  }
  return Object.fromEntries(headers);
}
