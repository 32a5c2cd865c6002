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
  /** The same, but for what functions of the app would be called for, and what fails though there is stack. */
  giveUp(): void;
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

/** Stands behind what comes while those before it are recorded, and before what is left of these. */
class Mark implements Unrecorded {
  before: Unrecorded | undefined = undefined;
  recordRest(): void {}
  giveUp(): void {}
}

/** Records all of them, as far as the stack allows: to be called where there may be some of it again. Never throws. */
export function recordUnrecorded(): void {
  // Label functions may call decorated methods themselves, and so come here.
  if (unrecorded.last === undefined || unrecorded.isWalked) {
    return;
  }
  let mark: Unrecorded;
  try {
    mark = new Mark();
  } catch {
    // There is more stack further up.
    return;
  }
  unrecorded.isWalked = true;
  let left: Unrecorded | undefined = unrecorded.last;
  unrecorded.last = mark;
  try {
    while (left !== undefined) {
      left.recordRest();
      left = takenOut(left);
    }
  } catch {
    try {
      needStack();
      // What can't be recorded with all the stack there is never can, and must not keep the others from it.
      giveUp(left as Unrecorded);
      left = takenOut(left as Unrecorded);
    } catch {
      // As above.
    }
  }
  mark.before = left;
  let came = unrecorded.last as Unrecorded;
  try {
    // A label function that calls its own method would bring more each time.
    while (came !== mark) {
      giveUp(came);
      came = takenOut(came) as Unrecorded;
    }
    unrecorded.last = left;
  } catch {
    unrecorded.last = came;
  }
  unrecorded.isWalked = false;
}

/** It may come again; a recorder lives as long as its app, and would keep what is behind it. */
function takenOut(one: Unrecorded): Unrecorded | undefined {
  const { before } = one;
  one.before = undefined;
  if (one.isUnrecorded === true) {
    one.isUnrecorded = false;
  }
  return before;
}

/** @throws RangeError where the stack is full, and only then. */
function giveUp(one: Unrecorded): void {
  try {
    one.giveUp();
  } catch {
    needStack();
  }
}
