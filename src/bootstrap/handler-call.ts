import { isExcluded } from '../http/request-record.js';
import type { BoundSeries } from '../series/bound-series.js';
import type { Dressing } from './dressing.js';
import { endNoted, endNotedBefore } from './end-noted.js';
import { followResult } from './follow-result.js';
import { REQUEST_INDEX, takeOffered, type RouterArguments } from './offered-request.js';
import { NOT_BEGUN } from './open-call.js';
import { ComputedCall, tellBefore } from './recorded-call.js';
import type { Recorder } from './recorder.js';

/** A call of a dressed handler by Nest's router, which may have put the request beside the arguments. */
export function callDressedForRequest(dressing: Dressing, self: unknown, args: ArrayLike<unknown>): unknown {
  const recorder = dressing.recorderFor(self);
  const request = (args as RouterArguments)[REQUEST_INDEX] ?? takeOffered();
  if (
    recorder === undefined ||
    (request !== undefined && recorder.respectsExclusion && isExcluded(request))
  ) {
    return dressing.original.apply(self, args as unknown[]);
  }
  return callForRequest(dressing, recorder, self, copyOf(args), request, args);
}

/** `passed`: the arguments, with what the router may have put beside them. */
export function callForRequest(
  dressing: Dressing,
  recorder: Recorder,
  self: unknown,
  args: readonly unknown[],
  request: object | undefined,
  passed: ArrayLike<unknown>,
): unknown {
  if (recorder.unended > 0) {
    endNotedBefore(recorder);
  }
  let moved: BoundSeries[] | undefined;
  let start = NOT_BEGUN;
  let result: unknown;
  try {
    if (recorder.isToldBefore) {
      moved = [];
      tellBefore(recorder, args, request, moved);
    }
    start = recorder.begin();
    // Its own `apply`, where it has one, passes the request on.
    result = dressing.original.apply(self, passed as unknown[]);
  } catch (error) {
    try {
      const before = recorder.noted;
      recorder.noted = { before, succeeded: false, outcome: error, start, step: 0, args, request, moved };
      recorder.unended++;
      endNoted(recorder, error, start);
    } catch {
      // The stack is full: a call further up, or the next one at all, ends this one too.
    }
    throw error;
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
