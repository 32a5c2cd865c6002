import { describe, expect, it } from '@jest/globals';
import { acceptsGzip } from '../../src/endpoint/accept-encoding.js';
import { collectTimeout, namesIn, pathIn } from '../../src/endpoint/scrape-request.js';

describe('acceptsGzip', () => {
  it.each([
    'gzip',
    'GZIP',
    'deflate, gzip;q=1.0, *;q=0.5',
    '*',
    'x-gzip',
    'gzip;q=0.001',
    'identity;q=0.5, gzip',
    ' gzip ; q=0.8 ',
  ])('takes gzip for %j', (header) => {
    expect(acceptsGzip(header)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'identity',
    'br',
    'gzip;q=0',
    'gzip;q=0.0',
    '*;q=0',
    '*, gzip;q=0',
    'gzip;q=0.5, identity',
    'gzip;q=nonsense',
    'gzip;q=',
    'gzip;q=-1',
    'gzipped',
  ])('leaves it plain for %j', (header) => {
    expect(acceptsGzip(header)).toBe(false);
  });
});

describe('collectTimeout', () => {
  it.each([
    ['10', 9500],
    ['15.5', 15_000],
    ['1', 500],
    ['0.4', 200],
    ['0.01', 50],
    ['99999999', 600_000],
    [undefined, 10_000],
    ['', 10_000],
    ['0', 10_000],
    ['-3', 10_000],
    ['soon', 10_000],
    ['1e3', 10_000],
    ['Infinity', 10_000],
    ['5, 6', 10_000],
    [['5', '6'], 10_000],
  ])('%j gives %d ms', (header, timeout) => {
    expect(collectTimeout(header)).toBe(timeout);
  });
});

describe('namesIn', () => {
  it.each([
    ['/metrics', []],
    ['/metrics?', []],
    ['/metrics?name[]=a&name[]=b_total', ['a', 'b_total']],
    ['/metrics?name%5B%5D=a%5f', ['a_']],
    ['/metrics?name=a&names[]=b', []],
    ['/metrics?name[]=%E0%A4%A', ['\ufffd%A']],
    [undefined, []],
  ])('%j gives %j', (url, names) => {
    expect(namesIn(url)).toEqual(names);
  });
});

describe('pathIn', () => {
  it.each([
    ['/metrics?a=/b?c', '/metrics'],
    ['/%E0%A4%A', '/%E0%A4%A'],
    ['http://host:9100/metrics?x', '/metrics'],
    ['*', undefined],
    ['http://', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j gives %j', (url, path) => {
    expect(pathIn(url)).toBe(path);
  });
});
