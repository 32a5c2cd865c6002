import { describe, expect, it } from '@jest/globals';
import { basicAuth, bearerToken, challengeOf, type ScrapeRequest } from '../../src/endpoint/authorize.js';

const from = (authorization: unknown): ScrapeRequest => ({
  method: 'GET',
  url: '/metrics',
  headers: { authorization } as ScrapeRequest['headers'],
});
const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString('base64')}`;

describe('basicAuth', () => {
  const authorize = basicAuth('prometheus', 'pa:ss wörd €');

  it.each(['Basic', 'basic', 'BASIC'])('admits the right user and password with the scheme %s', (scheme) => {
    expect(authorize(from(basic('prometheus:pa:ss wörd €').replace('Basic', scheme)))).toBe(true);
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['a scheme alone', 'Basic'],
    ['a scheme and a space', 'Basic '],
    ['another scheme', basic('prometheus:pa:ss wörd €').replace('Basic', 'Bearer')],
    ['no scheme', basic('prometheus:pa:ss wörd €').replace('Basic ', '')],
    ['a wrong password', basic('prometheus:pass')],
    ['a wrong user', basic('Prometheus:pa:ss wörd €')],
    ['a password with a suffix', basic('prometheus:pa:ss wörd € ')],
    ['right credentials with a suffix that is no base64', `${basic('prometheus:pa:ss wörd €')}!`],
    ['right credentials and more after a space', `${basic('prometheus:pa:ss wörd €')} x`],
    [
      'credentials in Latin-1',
      `Basic ${Buffer.from('prometheus:pa:ss wörd €', 'latin1').toString('base64')}`,
    ],
    ['no colon', basic('prometheus')],
    ['what is no base64', 'Basic ???'],
    ['two headers', [basic('prometheus:pa:ss wörd €')]],
    ['a number', 7],
  ])('refuses %s', (_, header) => {
    expect(authorize(from(header))).toBe(false);
  });

  it('has a challenge that tells the charset', () => {
    expect(challengeOf(authorize)).toBe('Basic realm="metrics", charset="UTF-8"');
  });

  it.each([
    ['', 'secret'],
    ['user', ''],
    ['', ''],
    ['a:b', 'secret'],
    [undefined as unknown as string, 'secret'],
    ['user', undefined as unknown as string],
  ])('throws for the user %j and password %j, without naming them', (user, password) => {
    expect(() => basicAuth(user, password)).toThrow(TypeError);
    expect(() => basicAuth(user, password)).toThrow(/^(?!.*(secret|a:b)).*basicAuth/);
  });
});

describe('bearerToken', () => {
  const authorize = bearerToken('t0ken-ö');
  // As Node reads the UTF-8 bytes of a header.
  const sent = Buffer.from('t0ken-ö').toString('latin1');

  it.each([`Bearer ${sent}`, `bearer ${sent}`, `BEARER   ${sent}`])('admits %s', (header) => {
    expect(authorize(from(header))).toBe(true);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    sent,
    `Basic ${sent}`,
    'Bearer t0ken',
    `Bearer ${sent}x`,
    `Bearer ${sent} x`,
  ])('refuses %s', (header) => {
    expect(authorize(from(header))).toBe(false);
  });

  it('refuses what is no request at all', () => {
    expect(authorize({} as ScrapeRequest)).toBe(false);
  });

  it('has a challenge', () => {
    expect(challengeOf(authorize)).toBe('Bearer realm="metrics"');
    expect(challengeOf(() => true)).toBe('Bearer realm="metrics"');
  });

  it.each(['', 'secret\n', ' secret', undefined as unknown as string])(
    'throws for the token %j, without naming it',
    (token) => {
      expect(() => bearerToken(token)).toThrow(TypeError);
      expect(() => bearerToken(token)).toThrow(/^(?!.*secret).*bearerToken/);
    },
  );
});
