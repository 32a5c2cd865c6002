import { types } from 'node:util';
import { Observable, isObservable } from 'rxjs';
import { followIterator, isIterator } from './follow-iterator.js';
import { followObservable } from './follow-observable.js';
import { followPromise, isFollowable } from './follow-promise.js';
import type { OpenCall } from './open-call.js';

/** Closes a call when its result is over, and gives what the caller is to have in the result's place. */
type Follower = (result: never, call: OpenCall) => unknown;

/** Whether a result may outlast its call at all. */
export const isObject = (result: unknown): result is object =>
  (typeof result === 'object' && result !== null) || typeof result === 'function';

/**
 * What follows a result that is not over when its call is: a promise until it settles, an Observable to the end of
 * each subscription, an iterator to its end. A thenable that is no promise may be lazy, and to call its `then`
 * would run it: it is over at once.
 */
export function followerOf(result: object): Follower | undefined {
  try {
    if (isFollowable(result)) {
      return followPromise;
    }
    if (result instanceof Observable || (isObservable(result) && !types.isProxy(result))) {
      return followObservable;
    }
    // A proxy that has a function for every name, such as a mock's or a remote client's, is no iterator.
    return isIterator(result) && !types.isProxy(result) ? followIterator : undefined;
  } catch {
    // An exotic object, such as a proxy that throws on unknown keys, is a value like any other.
    return undefined;
  }
}

/** Has the follower follow the result; what can't be followed after all is over. */
export function followBy(follower: Follower, result: unknown, call: OpenCall): unknown {
  try {
    return follower(result as never, call);
  } catch {
    call.close(true, result);
    return result;
  }
}

/** Gives back what a method gave, and closes the call when that is over. */
export function followResult(result: unknown, call: OpenCall): unknown {
  const follower = isObject(result) ? followerOf(result) : undefined;
  if (follower !== undefined) {
    return followBy(follower, result, call);
  }
  call.close(true, result);
  return result;
}
