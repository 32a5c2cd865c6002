import { types } from 'node:util';
import type { OpenCall } from './open-call.js';

type Step = (...args: unknown[]) => unknown;
type AnyIterator = Record<'next', Step> & Partial<Record<'return' | 'throw', Step>>;

/** Whether it is itself being iterated, as generators are; arrays, maps and streams only can be. */
export function isIterator(value: object): value is AnyIterator & object {
  const candidate = value as Partial<Record<PropertyKey, unknown>>;
  return (
    typeof candidate['next'] === 'function' &&
    (typeof candidate[Symbol.iterator] === 'function' ||
      typeof candidate[Symbol.asyncIterator] === 'function')
  );
}

/**
 * Watches an iterator's steps on the very object, so that it stays what it is; a `return()` is a success.
 * One that was watched before is watched by both.
 */
export function followIterator<T extends AnyIterator>(iterator: T, call: OpenCall): T {
  if (!Object.isExtensible(iterator)) {
    call.close(true, iterator);
    return iterator;
  }
  for (const name of ['next', 'return', 'throw'] as const) {
    const step = iterator[name];
    if (typeof step === 'function') {
      Object.defineProperty(iterator, name, {
        value: watched(iterator, step, call, name === 'return'),
        configurable: true,
        writable: true,
        enumerable: false,
      });
    }
  }
  return iterator;
}

function watched(iterator: object, step: Step, call: OpenCall, isLast: boolean): Step {
  const taken = (result: unknown): void => {
    const { done, value } = (result ?? {}) as { done?: boolean; value?: unknown };
    if (done || isLast) {
      call.close(true, value);
    }
  };
  return function (this: unknown, ...args: unknown[]): unknown {
    let result: unknown;
    try {
      result = Reflect.apply(step, this === undefined ? iterator : this, args);
    } catch (error) {
      call.close(false, undefined, error);
      throw error;
    }
    if (!types.isPromise(result)) {
      taken(result);
      return result;
    }
    return result.then(
      (settled) => {
        taken(settled);
        return settled;
      },
      (error: unknown) => {
        call.close(false, undefined, error);
        throw error;
      },
    );
  };
}
