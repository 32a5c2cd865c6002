import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { build } from '../cluster/build.js';

// Another process, since Jest keeps unhandled rejections to itself.
const built = build('rejections', 'test/bootstrap/fixtures');
let told: Record<string, [decorated: string[], bare: string[]]>;

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [built.fixture('rejections.js')], {
    timeout: 20_000,
  });
  told = JSON.parse(stdout) as typeof told;
}, 25_000);

afterAll(() => built.remove());

it.each([
  ['ignored', 1],
  ['ignored with a label function', 1],
  ['ignored by then', 1],
  ['awaited', 0],
  ['caught', 0],
  ['caught with a label function', 0],
  ['one promise, ignored twice', 1],
  ['one promise, ignored once and caught once', 0],
  ['of a subclass, ignored', 1],
  ['of a subclass, awaited', 0],
  ['of a subclass, caught', 0],
  ['of a subclass, ignored by then', 1],
  ['of a subclass, in Promise.all', 0],
  ['an iterator, ignored', 1],
  ['an iterator, looped over', 0],
])('a rejection that is %s is as unhandled as without decorators', (scenario, times) => {
  const [decorated, bare] = told[scenario] ?? [];
  expect(bare).toEqual(Array.from({ length: times }, () => 'refused'));
  expect(decorated).toEqual(bare);
});

it('a rejection of what time() runs is unhandled once, or handled', () => {
  expect(told['timed, ignored']?.[0]).toEqual(['refused']);
  expect(told['timed, awaited']?.[0]).toEqual([]);
});

it("a label function's rejection is nobody's", () => {
  expect(told['a label function that rejects']).toEqual([[], []]);
});
