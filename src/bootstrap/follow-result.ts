import { types } from 'node:util';
import { Observable, isObservable } from 'rxjs';
import { followIterator, isIterator } from './follow-iterator.js';
import { followObservable } from './follow-observable.js';
import { followPromise, isFollowable } from './follow-promise.js';
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
    if (result instanceof Observable || (isObservable(result) && !types.isProxy(result))) {
      return followObservable(result, call);
    }
    // A proxy that has a function for every name, such as a mock's or a remote client's, is no iterator.
    if (isIterator(result) && !types.isProxy(result)) {
      return followIterator(result, call);
    }
  } catch {
    // An exotic object, such as a proxy that throws on unknown keys, is a value like any other.
  }
  call.close(true, result);
  return result;
}
