import { isExcluded } from '../http/request-record.js';
import { ComputedCall } from './computed-call.js';
import type { Dressing, Method } from './dressing.js';
import { followResult } from './follow-result.js';
import { HandlerCall } from './handler-call.js';
import { REQUEST_INDEX, takeOffered, type RouterArguments } from './offered-request.js';
import type { Recorder } from './recorder.js';
import { recordUnrecorded, unrecorded } from '../series/unrecorded.js';

/** A call of a dressed handler by Nest's router, which may have put the request beside the arguments. */
export function callDressedForRequest(dressing: Dressing, self: unknown, args: ArrayLike<unknown>): unknown {
  const recorder = dressing.recorderFor(self);
  if (recorder === undefined) {
    return dressing.original.apply(self, args as unknown[]);
  }
  const request = (args as RouterArguments)[REQUEST_INDEX] ?? takeOffered(dressing);
  return callComputed(dressing, recorder, self, copyOf(args), request, args);
}

/**
 * Calls a method where label functions, or labels of the HTTP metrics, need the call: its arguments, and what it gave.
 *
 * @param passed the arguments, with what the router may have put beside them.
 */
export function callComputed(
  { original }: Dressing,
  recorder: Recorder,
  self: unknown,
  args: readonly unknown[],
  request: object | undefined,
  passed: ArrayLike<unknown>,
): unknown {
  if (request !== undefined && recorder.respectsExclusion && isExcluded(request)) {
    return original.apply(self, passed as unknown[]);
  }
  if (unrecorded.last !== undefined) {
    recordUnrecorded();
  }
  const call =
    request === undefined ? new ComputedCall(recorder, args) : new HandlerCall(recorder, args, request);
  call.begin();
  let result: unknown;
  try {
    // Its own `apply`, where it has one, passes the request on.
    result = original.apply(self, passed as unknown[]);
  } catch (error) {
    try {
      call.close(false, error);
    } catch {
      // The stack is full.
      call.isOpen = false;
      call.time = 0;
      call.succeeded = false;
      call.outcome = error;
      call.before = unrecorded.last;
      unrecorded.last = call;
    }
    throw error;
  }
  try {
    return followResult(result, call);
  } catch {
    // As above, unless it is closed, or somebody will close it.
    if (call.isOpen) {
      call.isOpen = false;
      call.time = 0;
      call.outcome = result;
      call.before = unrecorded.last;
      unrecorded.last = call;
    }
  }
  return result;
}

/**
 * The function that makes such calls for anybody but the router. The same once more, since V8 takes a quarter longer
 * where the arguments go through another function.
 */
export function computedFunction(dressing: Dressing): Method {
  const { original } = dressing;
  return function () {
    const recorder = dressing.recorderFor(this) as Recorder;
    const request = takeOffered(dressing);
    let args: unknown[];
    // V8 makes a short array where it is written down, and the `arguments` object for none of these.
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
    if (request !== undefined) {
      return callComputed(dressing, recorder, this, args, request, [...args]);
    }
    if (unrecorded.last !== undefined) {
      recordUnrecorded();
    }
    const call = new ComputedCall(recorder, args);
    call.begin();
    let result: unknown;
    try {
      result = Reflect.apply(original, this, arguments);
    } catch (error) {
      try {
        call.close(false, error);
      } catch {
        call.isOpen = false;
        call.time = 0;
        call.succeeded = false;
        call.outcome = error;
        call.before = unrecorded.last;
        unrecorded.last = call;
      }
      throw error;
    }
    try {
      return followResult(result, call);
    } catch {
      if (call.isOpen) {
        call.isOpen = false;
        call.time = 0;
        call.outcome = result;
        call.before = unrecorded.last;
        unrecorded.last = call;
      }
      return result;
    }
  };
}

const listOf = (...args: unknown[]): unknown[] => args;

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
