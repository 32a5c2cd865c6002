import { expect, it } from '@jest/globals';
import { recordUnrecorded, unrecorded, type Unrecorded } from '../../src/series/unrecorded.js';

function put(one: Unrecorded): Unrecorded {
  one.before = unrecorded.last;
  unrecorded.last = one;
  return one;
}

it('gives up what came meanwhile, and what can not be recorded, and lets it come again', () => {
  const recorded: string[] = [];
  const meanwhile: Unrecorded = {
    before: undefined,
    isUnrecorded: true,
    recordRest: () => recorded.push('meanwhile'),
    giveUp: () => recorded.push('what of meanwhile is certain'),
  };
  const another: Unrecorded = {
    before: undefined,
    recordRest: () => recorded.push('another'),
    giveUp() {
      throw new Error('never');
    },
  };
  const hopeless: Unrecorded = {
    before: undefined,
    isUnrecorded: true,
    recordRest() {
      throw new Error('never');
    },
    giveUp: () => recorded.push('what of hopeless is certain'),
  };
  const last: Unrecorded = { before: undefined, recordRest: () => recorded.push('last'), giveUp() {} };
  put(last);
  put(hopeless);
  put({
    before: undefined,
    recordRest() {
      recorded.push('first');
      put(meanwhile);
      put(another);
    },
    giveUp() {},
  });
  recordUnrecorded();
  const before = ['first', 'what of hopeless is certain', 'what of meanwhile is certain'];
  expect(recorded).toEqual(before);
  expect([meanwhile.isUnrecorded, hopeless.isUnrecorded]).toEqual([false, false]);
  expect([meanwhile.before, hopeless.before]).toEqual([undefined, undefined]);
  expect(unrecorded.last).toBe(last);
  recordUnrecorded();
  expect(recorded).toEqual([...before, 'last']);
  expect(unrecorded.last).toBeUndefined();
});
