import { describe, expect, it } from '@jest/globals';
import { contentTypeOf, negotiate } from '../../src/exposition/index.js';
import { canonicalFloat, formatValue } from '../../src/exposition/numbers.js';

const om = 'application/openmetrics-text';

describe('negotiate', () => {
  it.each([
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/html', 'text'],
    ['text/plain', 'text'],
    [om, 'openmetrics'],
    [`${om}; version=1.0.0`, 'openmetrics'],
    [`${om};version="0.0.1"`, 'openmetrics'],
    [`${om};version=2.0.0`, 'text'],
    [`${om};q=0`, 'text'],
    [`${om};q=0.3,text/plain;q=0.5`, 'text'],
    [`${om};q=0.5,text/plain;q=0.3`, 'openmetrics'],
    [`text/plain,${om}`, 'text'],
    [`${om},text/plain`, 'openmetrics'],
    [`*/*,${om}`, 'openmetrics'],
    [`*/*,${om};q=0.5`, 'text'],
    [`${om};q=0.5,text/*;q=0.6,*/*;q=0.1`, 'text'],
    [`${om};q=0.5,text/plain;version=1.0.0;q=0.9`, 'openmetrics'],
    [`${om};version=2.0.0,${om};version=1.0.0;q=0.1`, 'openmetrics'],
    [`APPLICATION/OpenMetrics-Text`, 'openmetrics'],
    [`text/plain;q=0,*/*`, 'openmetrics'],
    [`application/*`, 'openmetrics'],
    [`application/*;q=0.9,text/plain;q=0.8`, 'openmetrics'],
    [`application/*,text/*`, 'text'],
    [`application/*,${om};q=0`, 'text'],
    [`${om};version=2.0.0,*/*;q=0.5`, 'text'],
    [`${om};q=x`, 'text'],
    [
      `${om};version=1.0.0;escaping=allow-utf-8;q=0.6,${om};version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
      'openmetrics',
    ],
    [`application/vnd.google.protobuf;proto=x;q=0.7,text/plain;version=0.0.4;q=0.6,${om};q=0.1`, 'text'],
    [';;;,,=q;q=', 'text'],
  ])('takes %j for %s', (accept, format) => {
    expect(negotiate(accept)).toBe(format);
  });

  it('names the content types that scrapers know', () => {
    expect(contentTypeOf('text')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(contentTypeOf('openmetrics')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  });
});

describe('numbers', () => {
  it.each([
    [1, '1.0'],
    [0, '0.0'],
    [0.005, '0.005'],
    [10, '10.0'],
    [100000, '100000.0'],
    [1e6, '1e+06'],
    [1234567, '1.234567e+06'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [-2.5, '-2.5'],
    [1e100, '1e+100'],
    [Infinity, '+Inf'],
  ])('write the bound %d as %s', (value, text) => {
    expect(canonicalFloat(value)).toBe(text);
  });

  it.each([
    [1, '1'],
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ])('write the value %d as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  it.each([
    [0, 9, 10, 999, 1000, 1001, 1010, 9999, 10_000, 100_100, 999_999, 1e6, 1_000_001, 1_002_003, 987_654_321],
    [1e9, 1e9 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 1e15, 1e20, 1e21, 1e22, 1.5e300],
    [-0, -1, -999, -1000, -1001, -(2 ** 31), -(2 ** 31) - 1, -1.5, -1e21],
    [0.1, 0.1 + 0.2, 999.5, 1000.5, 1e-6, 1e-7, 5e-324, 1.7976931348623157e308, 2 ** 31 + 0.5, 1 / 3],
  ])('write finite values as JavaScript does', (...values) => {
    expect(values.map(formatValue)).toEqual(values.map(String));
  });
});
