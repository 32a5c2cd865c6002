import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What Express's, Fastify's and Node's requests have in common. */
export interface ScrapeRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
}

interface AuthorizeFunctions {
  /** A method, so that a function may declare Express's or Fastify's request. */
  authorize(request: ScrapeRequest): boolean | Promise<boolean>;
}

/**
 * Decides whether a request may scrape. Anything but `true`, a rejected promise and an exception too, is
 * answered with 401. In the app's own endpoint it gets Express's or Fastify's request, in a server of its
 * own Node's.
 */
export type Authorize = AuthorizeFunctions['authorize'];

const CHALLENGE = Symbol.for('nestjs-prometheus-exporter:challenge');
const BEARER = 'Bearer realm="metrics"';
const BASIC = 'Basic realm="metrics", charset="UTF-8"';

/**
 * Admits requests with this user and password (RFC 7617, UTF-8), compared in constant time.
 * @throws TypeError without a user or a password, or with a colon in the user.
 */
export function basicAuth(user: string, password: string): Authorize {
  checkSecret('basicAuth', 'user', user);
  checkSecret('basicAuth', 'password', password);
  if (user.includes(':')) {
    throw new TypeError('basicAuth(user, password): the user can\'t have a ":" in it (RFC 7617)');
  }
  const expected = digest(Buffer.from(`${user}:${password}`));
  return withChallenge(BASIC, (request) => {
    const credentials = credentialsOf(request, 'basic');
    const given = credentials === undefined ? undefined : Buffer.from(credentials, 'base64');
    // Node's decoder skips what is no base64, so that a secret with a suffix would pass for it.
    return given?.toString('base64') === credentials && isSecret(given, expected);
  });
}

/**
 * Admits requests with this token (RFC 6750), compared in constant time.
 * @throws TypeError without a token, or with one that no header can carry.
 */
export function bearerToken(token: string): Authorize {
  checkSecret('bearerToken', 'token', token);
  // HTTP drops white space around a header's value, so that such a token would never match.
  if (token.trim() !== token) {
    throw new TypeError('bearerToken(token): the token has white space or a line break at its start or end');
  }
  const expected = digest(Buffer.from(token));
  return withChallenge(BEARER, (request) => {
    const credentials = credentialsOf(request, 'bearer');
    // Node reads a header's bytes as Latin-1.
    return credentials !== undefined && isSecret(Buffer.from(credentials, 'latin1'), expected);
  });
}

/** What a refused scrape gets as `WWW-Authenticate` (RFC 9110, 11.6.1). */
export function challengeOf(authorize: Authorize): string {
  return (authorize as { [CHALLENGE]?: string })[CHALLENGE] ?? BEARER;
}

function withChallenge(challenge: string, authorize: Authorize): Authorize {
  return Object.defineProperty(authorize, CHALLENGE, { value: challenge });
}

/** What follows the scheme in the header `Authorization`. */
function credentialsOf(request: ScrapeRequest, scheme: string): string | undefined {
  const header: unknown = request?.headers?.authorization;
  if (typeof header !== 'string') {
    return undefined;
  }
  const space = header.indexOf(' ');
  return space > 0 && header.slice(0, space).toLowerCase() === scheme
    ? header.slice(space).replace(/^ +/, '')
    : undefined;
}

/** Hashed, since `timingSafeEqual` takes only equal lengths, and so would tell the secret's. */
function isSecret(given: Buffer | undefined, expected: Buffer): boolean {
  return given !== undefined && timingSafeEqual(digest(given), expected);
}

function digest(secret: Buffer): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Says which argument is wrong, and never what it is. */
function checkSecret(of: string, name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`${of}(): the ${name} must be a string that is not empty`);
  }
}
