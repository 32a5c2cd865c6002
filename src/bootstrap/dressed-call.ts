import { now } from '../clock.js';
import { isExcluded } from '../http/request-record.js';
import type { Dressing, Method } from './dressing.js';
import { followResult } from './follow-result.js';
import { putMethod } from './put-method.js';
import { BoundCall, ComputedCall, endComputed, tellBefore } from './recorded-call.js';
import type { Recorder } from './recorder.js';

/**
 * The function that takes a method's place: it calls the original exactly as it was called, and records that.
 *
 * `arguments` goes nowhere but to `Reflect.apply`, since V8 then passes the arguments on without making the
 * object.
 */
export function dressedFunction(dressing: Dressing): Method {
  const { original } = dressing;
  const recorded = function (this: unknown): unknown {
    const recorder = dressing.recorderFor(this) as Recorder;
    let args: unknown[];
    switch (arguments.length) {
      case 0:
        args = [];
        break;
      case 1:
        args = [arguments[0]];
        break;
      case 2:
        args = [arguments[0], arguments[1]];
        break;
      case 3:
        args = [arguments[0], arguments[1], arguments[2]];
        break;
      default:
        args = Reflect.apply(listOf, undefined, arguments);
    }
    const request = takeOffered();
    if (request !== undefined) {
      return callRecorded(dressing, recorder, this, args, request);
    }
    const moved = recorder.isToldBefore ? tellBefore(recorder, args, request) : undefined;
    const start = recorder.begin();
    let result: unknown;
    try {
      result = Reflect.apply(original, this, arguments);
    } catch (error) {
      const call = new ComputedCall(recorder, args, request, moved, start);
      call.outcome = error;
      call.thrownBefore = recorder.lastThrown;
      recorder.lastThrown = call;
      recorder.thrown++;
      try {
        // The clock for calls of the same method that are noted by number alone.
        recorder.endThrown(error, now());
      } catch {
        // As above.
      }
      throw error;
    }
    if ((typeof result !== 'object' && typeof result !== 'function') || result === null) {
      endComputed(recorder, args, moved, start, true, result);
      return result;
    }
    return followResult(result, new ComputedCall(recorder, args, request, moved, start));
  };
  // A method shorthand, since methods are no constructors and have no prototype of their own.
  const { dressed } = {
    dressed(this: unknown): unknown {
      const recorder = dressing.recorderFor(this);
      if (recorder === undefined) {
        return Reflect.apply(original, this, arguments);
      }
      if (!recorder.isSimple) {
        return Reflect.apply(recorded, this, arguments);
      }
      const start = recorder.begin();
      let result: unknown;
      try {
        result = Reflect.apply(original, this, arguments);
      } catch (error) {
        recorder.thrown++;
        try {
          recorder.endThrown(error, start);
        } catch {
          // The stack is full: a call further up, or the next one at all, ends this one too.
        }
        throw error;
      }
      // Asked here, since V8 keeps what a function answers: that takes as long as all the rest.
      if ((typeof result === 'object' && result !== null) || typeof result === 'function') {
        return followResult(result, new BoundCall(recorder, start));
      }
      recorder.end(true, start);
      return result;
    },
  };
  return dressed;
}

const listOf = (...args: unknown[]): unknown[] => args;

let offered: object | undefined;

/**
 * Lets what stands in the place of a handler, such as a test's spy, pass the request by when Nest's router
 * calls it: the handler finds it if it is called right then.
 */
export function offerRequests(standIn: Function): void {
  putMethod(standIn, 'apply', (self: unknown, args?: RouterArguments | null): unknown => {
    offered = args?.[REQUEST_INDEX];
    try {
      return Reflect.apply(standIn, self, args ?? []);
    } finally {
      offered = undefined;
    }
  });
}

function takeOffered(): object | undefined {
  const request = offered;
  offered = undefined;
  return request;
}

/**
 * At this index of a handler's arguments stands the request: no argument's, so that no callee sees it. A string,
 * since V8 looks a negative number up far more slowly.
 */
export const REQUEST_INDEX = '-1';

type RouterArguments = ArrayLike<unknown> & { [REQUEST_INDEX]?: object };

/** The same for a handler that Nest's router calls, which may have put the request beside the arguments. */
export function callDressedForRequest(dressing: Dressing, self: unknown, args: ArrayLike<unknown>): unknown {
  const recorder = dressing.recorderFor(self);
  const request = (args as RouterArguments)[REQUEST_INDEX] ?? takeOffered();
  if (
    recorder === undefined ||
    (request !== undefined && recorder.respectsExclusion && isExcluded(request))
  ) {
    return dressing.original.apply(self, args as unknown[]);
  }
  return callRecorded(dressing, recorder, self, copyOf(args), request, args);
}

/** `passed`: the arguments, with what the router may have put beside them. */
function callRecorded(
  dressing: Dressing,
  recorder: Recorder,
  self: unknown,
  args: readonly unknown[],
  request: object | undefined,
  passed: ArrayLike<unknown> = args,
): unknown {
  const moved = recorder.isToldBefore ? tellBefore(recorder, args, request) : undefined;
  const start = recorder.begin();
  let result: unknown;
  try {
    // Its own `apply`, where it has one, passes the request on.
    result = dressing.original.apply(self, passed as unknown[]);
  } catch (error) {
    const call = new ComputedCall(recorder, args, request, moved, start);
    call.outcome = error;
    call.thrownBefore = recorder.lastThrown;
    recorder.lastThrown = call;
    recorder.thrown++;
    try {
      // The clock for calls of the same method that are noted by number alone.
      recorder.endThrown(error, now());
    } catch {
      // As above.
    }
    throw error;
  }
  if (
    request === undefined &&
    ((typeof result !== 'object' && typeof result !== 'function') || result === null)
  ) {
    endComputed(recorder, args, moved, start, true, result);
    return result;
  }
  return followResult(result, new ComputedCall(recorder, args, request, moved, start));
}

const slice = Array.prototype.slice;

/**
 * The arguments alone, without what the router may have put beside them. V8 makes a short array where it is written
 * down, and calls a function of its own to cut one out of an array that has more properties than its elements.
 */
function copyOf(args: ArrayLike<unknown>): unknown[] {
  switch (args.length) {
    case 0:
      return [];
    case 1:
      return [args[0]];
    case 2:
      return [args[0], args[1]];
    case 3:
      return [args[0], args[1], args[2]];
    default:
      return slice.call(args) as unknown[];
  }
}
