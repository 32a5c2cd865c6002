import { processWide } from '../process-wide.js';

/**
 * A call, or several of one method, that are over and not recorded whole.
 *
 * Where a call ends, the stack may be full: then nothing can be called any more, and no object made. So whoever ends
 * one has it recorded within a `try`, and where that fails, puts it before the others by nothing but assignments.
 */
export interface Unrecorded {
  before: Unrecorded | undefined;
  /** Records what is left to record. May throw where the stack is full, and is called again then. */
  recordRest(): void;
}

/** All of the process. */
export const unrecorded = processWide('unrecorded calls', (): { last: Unrecorded | undefined } => ({
  last: undefined,
}));

/** Records all of them, as far as the stack allows: to be called where there may be some of it again. Never throws. */
export function recordUnrecorded(): void {
  for (let one = unrecorded.last; one !== undefined; one = unrecorded.last) {
    // Taken out first, since label functions may call decorated methods themselves.
    unrecorded.last = one.before;
    try {
      one.recordRest();
    } catch {
      one.before = unrecorded.last;
      unrecorded.last = one;
      return;
    }
  }
}
