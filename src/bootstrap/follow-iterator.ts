import { types } from 'node:util';
import { hiddenField } from './hidden-field.js';
import type { OpenCall } from './open-call.js';
import { putMethod } from './put-method.js';

type Step = (...args: unknown[]) => unknown;
type AnyIterator = Record<'next', Step> & Partial<Record<'return' | 'throw', Step>>;

/** The calls that gave an iterator and are open until its end. */
const openCalls = hiddenField<Set<OpenCall>>();

/**
 * Whether it is itself being iterated, as generators are; arrays, maps and streams only can be. Nothing of it is
 * called: a database's cursor may run when somebody asks it for an iterator.
 */
export function isIterator(value: object): value is AnyIterator & object {
  const candidate = value as Partial<Record<PropertyKey, unknown>>;
  return (
    typeof candidate['next'] === 'function' &&
    (mayGiveItself(candidate[Symbol.iterator]) || mayGiveItself(candidate[Symbol.asyncIterator])) &&
    // Of Node's streams, cursors are made that have a `next` besides.
    typeof candidate['pipe'] !== 'function'
  );
}

/** Whether it is what an iterator has to give itself: a generator function gives another one each time. */
function mayGiveItself(method: unknown): boolean {
  return typeof method === 'function' && !types.isGeneratorFunction(method);
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
  const close = (succeeded: boolean, outcome: unknown): void => {
    try {
      for (const call of open) {
        call.close(succeeded, outcome);
        open.delete(call);
      }
    } catch {
      // The stack is full, and who takes the step must not hear of it.
    }
  };
  const taken = (result: unknown): void => {
    const end = open.size > 0 ? endOf(result, isLast) : undefined;
    if (end !== undefined) {
      close(true, end.value);
    }
  };
  return function (this: unknown, ...args: unknown[]): unknown {
    let result: unknown;
    try {
      result = Reflect.apply(step, this === undefined ? iterator : this, args);
    } catch (error) {
      close(false, error);
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
        close(false, error);
        throw error;
      },
    );
  };
}

const isEmpty = (step: object): boolean => Object.keys(step).length === 0;

/**
 * What the iterator ends with; `undefined` where it goes on. One whose steps give something else than an iterator
 * does, was none.
 */
function endOf(result: unknown, isLast: boolean): { value: unknown } | undefined {
  try {
    if (typeof result !== 'object' || result === null) {
      return { value: result };
    }
    const step = result as IteratorResult<unknown>;
    const isOver = isLast || step.done || !('done' in step || 'value' in step || isEmpty(step));
    return isOver ? { value: step.value } : undefined;
  } catch {
    // Who takes the step will hear of it.
    return { value: undefined };
  }
}
