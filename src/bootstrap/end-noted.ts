import { now } from '../clock.js';
import { needStack } from './need-stack.js';
import { NOT_BEGUN, type NotedCall } from './open-call.js';
import { ComputedCall, contextAfter } from './recorded-call.js';
import { move, type Recorder } from './recorder.js';

/**
 * Ends the calls that were noted, of which the last threw this and began at this time.
 *
 * @throws RangeError where the stack is as good as full.
 */
export function endNoted(recorder: Recorder, error: unknown, start: number): void {
  if (error instanceof RangeError || recorder.unended > 1) {
    needStack();
  }
  endAll(recorder, start);
}

/** The same before another call is recorded, unless hardly any stack is left for that either. */
export function endNotedBefore(recorder: Recorder): void {
  try {
    needStack();
    endAll(recorder, now());
  } catch {
    // The next one ends them.
  }
}

function endAll(recorder: Recorder, start: number): void {
  for (let call = recorder.noted; call !== undefined; call = recorder.noted) {
    recorder.noted = call.before;
    recorder.unended--;
    end(recorder, call);
  }
  recorder.returned.forEach((calls, step) => {
    recorder.returned[step] = 0;
    recorder.unended -= calls;
    for (let i = 0; i < calls; i++) {
      recorder.endRest(true, start, step);
    }
  });
  for (; recorder.unended > 0; recorder.unended--) {
    recorder.end(false, start);
  }
}

function end(recorder: Recorder, noted: NotedCall): void {
  const { args, request, moved, start, step, succeeded, outcome } = noted;
  if (start === NOT_BEGUN) {
    move(moved ?? [], -1);
  } else if (step > 0) {
    const context = contextAfter(recorder, args, succeeded, outcome);
    recorder.endRest(succeeded, start, step, moved, context);
  } else {
    const call = noted.call ?? new ComputedCall(recorder, args, request, moved, start);
    call.close(succeeded, outcome, outcome);
  }
}
