import { BoundCall } from './bound-call.js';
import { computedFunction } from './call-computed.js';
import type { Dressing, Method } from './dressing.js';
import { followResult } from './follow-result.js';
import type { Recorder } from './recorder.js';
import { recordUnrecorded, unrecorded } from '../series/unrecorded.js';

/**
 * The function that takes a method's place: it calls the original exactly as it was called, and records that.
 *
 * `arguments` goes nowhere but to `Reflect.apply`, since V8 then passes the arguments on without making the object.
 */
export function dressedFunction(dressing: Dressing): Method {
  const { original } = dressing;
  const computed = computedFunction(dressing);
  // A method shorthand, since methods are no constructors and have no prototype of their own.
  const { dressed } = {
    dressed(this: unknown): unknown {
      const recorder = dressing.recorderFor(this);
      if (recorder === undefined) {
        return Reflect.apply(original, this, arguments);
      }
      if (!recorder.isSimple) {
        return Reflect.apply(computed, this, arguments);
      }
      if (unrecorded.last !== undefined) {
        recordUnrecorded();
      }
      const start = recorder.begin();
      let result: unknown;
      try {
        result = Reflect.apply(original, this, arguments);
      } catch (error) {
        recorder.step = 0;
        try {
          recorder.end(false, start);
        } catch {
          // The stack is full.
          (recorder.thrown[recorder.step] as number)++;
          if (!recorder.isUnrecorded) {
            recorder.isUnrecorded = true;
            recorder.before = unrecorded.last;
            unrecorded.last = recorder;
          }
        }
        throw error;
      }
      recorder.step = 0;
      try {
        if ((typeof result === 'object' && result !== null) || typeof result === 'function') {
          return followBound(recorder, start, result);
        }
        recorder.end(true, start);
      } catch {
        // As above; to do it in a function would take stack.
        (recorder.returned[recorder.step] as number)++;
        if (!recorder.isUnrecorded) {
          recorder.isUnrecorded = true;
          recorder.before = unrecorded.last;
          unrecorded.last = recorder;
        }
      }
      return result;
    },
  };
  return dressed;
}

/** Follows what a call gave; throws where the stack has no room to begin with it. */
function followBound(recorder: Recorder, start: number, result: unknown): unknown {
  const call = new BoundCall(recorder, start);
  try {
    return followResult(result, call);
  } catch {
    // The stack is full, and nobody will close it.
    if (call.isOpen) {
      call.isOpen = false;
      call.before = unrecorded.last;
      unrecorded.last = call;
    }
    return result;
  }
}
