import { needStack } from '../need-stack.js';
import { processWide } from '../process-wide.js';

/**
 * A call, or several of one method, that are over and not recorded whole.
 *
 * Where a call ends, the stack may be full: then nothing can be called any more, and no object made. So whoever ends
 * one has it recorded within a `try`, and where that fails, puts it before the others by nothing but assignments.
 */
export interface Unrecorded {
  before: Unrecorded | undefined;
  /** Of what may be put there again: whether it is there. */
  isUnrecorded?: boolean;
  /** Records what is left to record. May throw where the stack is full, and is called again then. */
  recordRest(): void;
}

interface UnrecordedCalls {
  last: Unrecorded | undefined;
  /** While they are recorded. */
  isWalked: boolean;
}

/** All of the process. */
export const unrecorded = processWide('unrecorded calls', (): UnrecordedCalls => ({
  last: undefined,
  isWalked: false,
}));

/** Records all of them, as far as the stack allows: to be called where there may be some of it again. Never throws. */
export function recordUnrecorded(): void {
  // Label functions may call decorated methods themselves, and so come here.
  if (unrecorded.last === undefined || unrecorded.isWalked) {
    return;
  }
  unrecorded.isWalked = true;
  let left: Unrecorded | undefined = unrecorded.last;
  unrecorded.last = undefined;
  try {
    while (left !== undefined) {
      left.recordRest();
      const { before }: Unrecorded = left;
      // A recorder lives as long as its app, and would keep what is behind it.
      left.before = undefined;
      left = before;
    }
  } catch {
    try {
      needStack();
      // What can't be recorded with all the stack there is never can, and must not keep the others from it.
      leaveOut(left);
      left = left?.before;
    } catch {
      // There is more of it further up.
    }
  }
  try {
    // Those that came meanwhile: a label function that calls its own method would bring more each time.
    for (let one = unrecorded.last as Unrecorded | undefined; one !== undefined; one = one.before) {
      leaveOut(one);
    }
  } catch {
    // There is no stack for it here.
  }
  unrecorded.last = left;
  unrecorded.isWalked = false;
}

/** What is left out may come again. */
function leaveOut(one: Unrecorded | undefined): void {
  if (one?.isUnrecorded === true) {
    one.isUnrecorded = false;
  }
}
