import { types } from 'node:util';
import { isObservable } from 'rxjs';
import { followIterator, isIterator } from './follow-iterator.js';
import { followObservable } from './follow-observable.js';
import type { OpenCall } from './open-call.js';

/**
 * Gives back what a method gave, and closes the call when that is over: a promise when it settles, an
 * Observable at the end of each subscription, an iterator at its end, anything else at once. A thenable
 * that is no promise may be lazy, and to call its `then` would run it: it is over at once.
 */
export function followResult(result: unknown, call: OpenCall): unknown {
  if ((typeof result !== 'object' || result === null) && typeof result !== 'function') {
    call.close(true, result);
    return result;
  }
  try {
    if (isFollowable(result)) {
      return followPromise(result, call);
    }
    if (isObservable(result)) {
      return followObservable(result, call);
    }
    if (isIterator(result)) {
      return followIterator(result, call);
    }
  } catch {
    // An exotic object, such as a proxy that throws on unknown keys, is a value like any other.
  }
  call.close(true, result);
  return result;
}

/**
 * The caller gets a promise derived from the method's, since one that is listened to beside the caller
 * would hide its unhandled rejection. Properties of its own go along.
 */
function followPromise(promise: Promise<unknown>, call: OpenCall): Promise<unknown> {
  const derived = promise.then(
    (value) => {
      call.close(true, value);
      return value;
    },
    (error: unknown) => {
      call.close(false, undefined, error);
      throw error;
    },
  );
  for (const key of Reflect.ownKeys(promise)) {
    if (!Object.hasOwn(derived, key)) {
      Object.defineProperty(
        derived,
        key,
        Object.getOwnPropertyDescriptor(promise, key) as PropertyDescriptor,
      );
    }
  }
  return derived;
}

const nativeThens = new WeakSet<Function>([Promise.prototype.then]);

/** A promise with the language's own `then`: a subclass's may do anything when it is called. */
function isFollowable(value: object): value is Promise<unknown> {
  if (!types.isPromise(value)) {
    return false;
  }
  const { then } = value;
  if (nativeThens.has(then)) {
    return true;
  }
  // Promises of another realm, such as those of Node's core in a Jest sandbox, have another native one.
  if (then.name === 'then' && Function.prototype.toString.call(then).endsWith('{ [native code] }')) {
    nativeThens.add(then);
    return true;
  }
  return false;
}
