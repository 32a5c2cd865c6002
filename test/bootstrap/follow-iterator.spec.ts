import { expect, it } from '@jest/globals';
import { followIterator } from '../../src/bootstrap/follow-iterator.js';
import type { OpenCall } from '../../src/bootstrap/open-call.js';
import { recordUnrecorded } from '../../src/series/unrecorded.js';

it('records ends that could not be recorded as what they were, and with no time, when there is stack again', () => {
  let isFull = false;
  const closed: unknown[] = [];
  const call: OpenCall = {
    recorder: {},
    close(...args) {
      if (isFull) {
        throw new RangeError('Maximum call stack size exceeded');
      }
      closed.push(args);
    },
    cancel: () => {},
    again: () => call,
  };
  const tooDeep = new Error('too deep');
  const steps: (() => IteratorResult<string>)[] = [
    () => {
      throw tooDeep;
    },
    () => ({ done: true, value: 'end' }),
  ];
  const iterator = {
    next: () => (steps.shift() as () => IteratorResult<string>)(),
    [Symbol.iterator]: () => iterator,
  };
  const take = (expected: () => void): void => {
    followIterator(iterator, { ...call });
    isFull = true;
    expected();
    isFull = false;
    recordUnrecorded();
  };
  take(() => expect(() => iterator.next()).toThrow(tooDeep));
  take(() => expect(iterator.next()).toEqual({ done: true, value: 'end' }));
  expect(closed).toEqual([
    [false, tooDeep, true],
    [true, 'end', true],
  ]);
});
