import { describe, expect, it } from '@jest/globals';
import { groupPath } from '../../src/push/group-path.js';

describe('the path of a group', () => {
  it.each([
    ['words', 'nightly-run_2', {}, '/metrics/job/nightly-run_2'],
    ['a slash', 'a/b', {}, '/metrics/job@base64/YS9i'],
    ['a space', 'a b', {}, '/metrics/job@base64/YSBi'],
    ['Unicode', 'Προμηθεύς', {}, '/metrics/job@base64/zqDPgc6_zrzOt864zrXPjc-C'],
    ['a percent sign', '%2F', {}, '/metrics/job@base64/JTJG'],
    ['a question mark', '?', {}, '/metrics/job@base64/Pw'],
    ['dots that URL parsers take out', '..', { a: '.' }, '/metrics/job@base64/Li4/a@base64/Lg'],
    ['a lone surrogate as U+FFFD', '\ud800', {}, '/metrics/job@base64/77-9'],
    ['an empty value', 'x', { zone: '', b: 'c' }, '/metrics/job/x/zone@base64/=/b/c'],
    [
      'values of all kinds',
      'x',
      { path: '/var/tmp', host: 'h:1', n: '1.5' },
      '/metrics/job/x/path@base64/L3Zhci90bXA/host@base64/aDox/n/1.5',
    ],
  ])('holds %s', (_what, job, grouping: Record<string, string>, path) => {
    expect(groupPath(job, Object.entries(grouping))).toBe(path);
    expect(new URL(`http://gateway${path}`).pathname).toBe(path);
  });
});
