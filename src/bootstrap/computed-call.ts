import type { BoundSeries } from '../series/bound-series.js';
import type { Dressing, Method } from './dressing.js';
import { endNoted, endNotedBefore } from './end-noted.js';
import { followResult } from './follow-result.js';
import { callForRequest } from './handler-call.js';
import { takeOffered } from './offered-request.js';
import { NOT_BEGUN } from './open-call.js';
import { ComputedCall, endComputed, tellBefore } from './recorded-call.js';
import type { Recorder } from './recorder.js';

/**
 * The same where label functions, or labels of the HTTP metrics, need the call: its arguments, and what it gave. For most
 * calls it makes no object but these.
 */
export function computedFunction(dressing: Dressing): Method {
  const { original } = dressing;
  return function () {
    const recorder = dressing.recorderFor(this) as Recorder;
    const request = takeOffered();
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
      return callForRequest(dressing, recorder, this, args, request, args);
    }
    if (recorder.unended > 0) {
      endNotedBefore(recorder);
    }
    let moved: BoundSeries[] | undefined;
    let start = NOT_BEGUN;
    let result: unknown;
    try {
      if (recorder.isToldBefore) {
        moved = [];
        tellBefore(recorder, args, undefined, moved);
      }
      start = recorder.begin();
      result = Reflect.apply(original, this, arguments);
    } catch (error) {
      try {
        const before = recorder.noted;
        recorder.noted = { before, succeeded: false, outcome: error, start, step: 0, args, moved };
        recorder.unended++;
        endNoted(recorder, error, start);
      } catch {
        // The stack is full: a call further up, or the next one at all, ends this one too.
      }
      throw error;
    }
    let call: ComputedCall | undefined;
    recorder.step = 0;
    try {
      if ((typeof result === 'object' && result !== null) || typeof result === 'function') {
        if (recorder.unended > 0) {
          endNotedBefore(recorder);
          recorder.step = 0;
        }
        call = new ComputedCall(recorder, args, undefined, moved, start);
        return followResult(result, call);
      }
      endComputed(recorder, args, moved, start, true, result);
    } catch {
      // As above.
      const { noted: before, step } = recorder;
      recorder.noted = { before, succeeded: true, outcome: result, start, step, args, moved, call };
      recorder.unended++;
    }
    return result;
  };
}

const listOf = (...args: unknown[]): unknown[] => args;
