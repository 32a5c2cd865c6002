import { types } from 'node:util';
import { hiddenField } from '../hidden-field.js';
import type { OpenCall } from './open-call.js';
import { putMethod } from './put-method.js';

/** What the caller got, of each promise that was followed. */
const given = hiddenField<Promise<unknown>>();

const nativeThen = Promise.prototype.then;
const nativeThens = new WeakSet<Function>([nativeThen]);

/** A promise with the language's own `then`: a subclass's may do anything when it is called. */
export function isFollowable(value: object): value is Promise<unknown> {
  if (!types.isPromise(value)) {
    return false;
  }
  const { then } = value;
  if (nativeThens.has(then) || given.of(value) === value) {
    return true;
  }
  // Promises of another realm, such as those of Node's core in a Jest sandbox, have another native one.
  if (then.name === 'then' && Function.prototype.toString.call(then).endsWith('{ [native code] }')) {
    nativeThens.add(then);
    return true;
  }
  return false;
}

/**
 * Closes the call when the promise settles, and gives what the caller is to have in its place. That is the
 * same each time where a method gives one promise many times, so that who handles it handles it for all.
 */
export function followPromise(promise: Promise<unknown>, call: OpenCall): Promise<unknown> {
  const known = given.of(promise);
  if (known !== undefined) {
    listen(promise, call).catch(() => {});
    copyProperties(promise, known, Reflect.ownKeys(promise));
    return known;
  }
  return isPlain(promise) ? derive(promise, call) : watch(promise, call);
}

/** No instance of a subclass, or one whose `then` gives instances of it but can't be watched. */
function isPlain(promise: Promise<unknown>): boolean {
  return (
    Object.hasOwn(Object.getPrototypeOf(promise) as object, 'then') ||
    promise.constructor === Promise ||
    Object.hasOwn(promise, 'constructor') ||
    !Object.isExtensible(promise)
  );
}

/**
 * A promise derived from the method's, since one that is listened to beside the caller would hide its
 * unhandled rejection. Properties of its own go along.
 */
function derive(promise: Promise<unknown>, call: OpenCall): Promise<unknown> {
  const properties = Reflect.ownKeys(promise);
  const derived = promise.then(...closing(call));
  try {
    given.put(promise, derived);
    copyProperties(promise, derived, properties);
  } catch {
    // The stack is full. It must be the caller's all the same: nobody else could handle its rejection.
  }
  return derived;
}

/**
 * The very promise, since a subclass may keep anything that a derived one lacks. Ours, beside it, ends in
 * the unhandled rejection, until somebody asks for the promise's outcome: everybody who does, `await`
 * too, calls a subclass's `then`.
 */
function watch(promise: Promise<unknown>, call: OpenCall): Promise<unknown> {
  const { then } = promise;
  let beside: Promise<unknown> | undefined;
  let isAsked = false;
  putMethod(
    promise,
    'then',
    function (this: Promise<unknown>, ...args: Parameters<typeof nativeThen>): unknown {
      if (!isAsked) {
        isAsked = true;
        beside?.catch(() => {});
      }
      return Reflect.apply(then, this, args);
    },
  );
  given.put(promise, promise);
  // Last, since where the stack is full nobody else could handle its rejection.
  beside = listen(promise, call);
  return promise;
}

/** Closes the call when the promise settles, by a plain promise that settles like it. */
function listen(promise: Promise<unknown>, call: OpenCall): Promise<unknown> {
  if (isPlain(promise)) {
    return promise.then(...closing(call));
  }
  // While `then` looks at it, it passes for a plain one, and no instance of its class is made.
  Object.defineProperty(promise, 'constructor', { value: Promise, configurable: true });
  try {
    return Reflect.apply(nativeThen, promise, closing(call)) as Promise<unknown>;
  } finally {
    delete (promise as { constructor?: unknown }).constructor;
  }
}

function closing(call: OpenCall): [(value: unknown) => unknown, (error: unknown) => never] {
  return [
    (value) => {
      call.close(true, value);
      return value;
    },
    (error) => {
      call.close(false, error);
      throw error;
    },
  ];
}

function copyProperties(from: object, to: object, keys: readonly PropertyKey[]): void {
  for (const key of keys) {
    if (!Object.hasOwn(to, key)) {
      Object.defineProperty(to, key, Object.getOwnPropertyDescriptor(from, key) as PropertyDescriptor);
    }
  }
}
