import { types } from 'node:util';
import { hiddenField } from './hidden-field.js';
import type { OpenCall } from './open-call.js';
import { putMethod } from './put-method.js';

type Step = (...args: unknown[]) => unknown;
type AnyIterator = Record<'next', Step> & Partial<Record<'return' | 'throw', Step>>;

/** The calls that gave an iterator and are open until its end. */
const openCalls = hiddenField<Set<OpenCall>>();

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
 * It is watched once, however many calls gave it.
 */
export function followIterator<T extends AnyIterator>(iterator: T, call: OpenCall): T {
  const others = openCalls.of(iterator);
  if (others !== undefined) {
    others.add(call);
    return iterator;
  }
  if (!Object.isExtensible(iterator)) {
    call.close(true, iterator);
    return iterator;
  }
  const open = new Set([call]);
  for (const name of ['next', 'return', 'throw'] as const) {
    const step = iterator[name];
    if (typeof step === 'function') {
      putMethod(iterator, name, watched(iterator, step, open, name === 'return'));
    }
  }
  openCalls.put(iterator, open);
  return iterator;
}

function watched(iterator: object, step: Step, open: Set<OpenCall>, isLast: boolean): Step {
  const close = (...end: Parameters<OpenCall['close']>): void => {
    for (const call of open) {
      call.close(...end);
    }
    open.clear();
  };
  const taken = (result: unknown): void => {
    const { done, value } = (result ?? {}) as { done?: boolean; value?: unknown };
    if (done || isLast) {
      close(true, value);
    }
  };
  return function (this: unknown, ...args: unknown[]): unknown {
    let result: unknown;
    try {
      result = Reflect.apply(step, this === undefined ? iterator : this, args);
    } catch (error) {
      close(false, undefined, error);
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
        close(false, undefined, error);
        throw error;
      },
    );
  };
}
