import type { Dressing, Method } from './dressing.js';
import { computedFunction } from './computed-call.js';
import { endNoted, endNotedBefore } from './end-noted.js';
import { followResult } from './follow-result.js';
import { BoundCall } from './recorded-call.js';
import type { Recorder } from './recorder.js';

/**
 * The function that takes a method's place: it calls the original exactly as it was called, and records that.
 *
 * `arguments` goes nowhere but to `Reflect.apply`, since V8 then passes the arguments on without making the
 * object. Some of this stands here and in no function of its own: V8 keeps what a function answers, and where the stack
 * is full, none that would note the call can be called.
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
      if (recorder.unended > 0) {
        endNotedBefore(recorder);
      }
      const start = recorder.begin();
      let result: unknown;
      try {
        result = Reflect.apply(original, this, arguments);
      } catch (error) {
        recorder.unended++;
        try {
          endNoted(recorder, error, start);
        } catch {
          // The stack is full: a call further up, or the next one at all, ends this one too.
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
        // As above.
        recorder.unended++;
        (recorder.returned[recorder.step] as number)++;
      }
      return result;
    },
  };
  return dressed;
}

/** Follows what a call gave; where the stack is full, it is noted and the result left as it is. */
function followBound(recorder: Recorder, start: number, result: unknown): unknown {
  const call = new BoundCall(recorder, start);
  try {
    if (recorder.unended > 0) {
      endNotedBefore(recorder);
      recorder.step = 0;
    }
    return followResult(result, call);
  } catch {
    if (call.isOpen) {
      call.isOpen = false;
      recorder.unended++;
      (recorder.returned[recorder.step] as number)++;
    }
    return result;
  }
}
