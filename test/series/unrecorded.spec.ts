import { expect, it } from '@jest/globals';
import { recordUnrecorded, unrecorded, type Unrecorded } from '../../src/series/unrecorded.js';

function put(one: Unrecorded): Unrecorded {
  one.before = unrecorded.last;
  unrecorded.last = one;
  return one;
}

it('lets what it leaves out come again: what came meanwhile, and what can not be recorded', () => {
  const recorded: string[] = [];
  const meanwhile: Unrecorded = {
    before: undefined,
    isUnrecorded: true,
    recordRest: () => recorded.push('meanwhile'),
  };
  const hopeless: Unrecorded = {
    before: undefined,
    isUnrecorded: true,
    recordRest() {
      throw new Error('never');
    },
  };
  const last: Unrecorded = { before: undefined, recordRest: () => recorded.push('last') };
  put(last);
  put(hopeless);
  put({
    before: undefined,
    recordRest() {
      recorded.push('first');
      put(meanwhile);
    },
  });
  recordUnrecorded();
  expect(recorded).toEqual(['first']);
  expect([meanwhile.isUnrecorded, hopeless.isUnrecorded]).toEqual([false, false]);
  expect(unrecorded.last).toBe(last);
  recordUnrecorded();
  expect(recorded).toEqual(['first', 'last']);
  expect(unrecorded.last).toBeUndefined();
});
