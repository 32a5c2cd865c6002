import { types } from 'node:util';
import { hiddenField } from '../hidden-field.js';
import type { OpenCall } from './open-call.js';
import { putMethod } from './put-method.js';
import { unrecorded, type Unrecorded } from '../series/unrecorded.js';

type Step = (...args: unknown[]) => unknown;
type AnyIterator = Record<'next', Step> & Partial<Record<'return' | 'throw', Step>>;

const openIterators = hiddenField<OpenIterator>();

/**
 * Whether it is itself being iterated, as generators are; arrays, maps and streams only can be. Nothing of it is
 * called: a database's cursor may run when somebody asks it for an iterator.
 */
export function isIterator(value: object): value is AnyIterator & object {
  const candidate = value as Partial<Record<PropertyKey, unknown>>;
  return (
    typeof candidate['next'] === 'function' &&
    (mayGiveItself(candidate[Symbol.iterator]) || mayGiveItself(candidate[Symbol.asyncIterator])) &&
    // Of Node's streams, cursors are made that have a `next` besides.
    typeof candidate['pipe'] !== 'function'
  );
}

/** Whether it is what an iterator has to give itself: a generator function gives another one each time. */
function mayGiveItself(method: unknown): boolean {
  return typeof method === 'function' && !types.isGeneratorFunction(method);
}

/**
 * Watches an iterator's steps on the very object, so that it stays what it is; a `return()` is a success.
 * It is watched once, however many calls gave it.
 */
export function followIterator<T extends AnyIterator>(iterator: T, call: OpenCall): T {
  const known = openIterators.of(iterator);
  if (known !== undefined) {
    known.calls.add(call);
    return iterator;
  }
  if (!Object.isExtensible(iterator)) {
    call.close(true, iterator);
    return iterator;
  }
  const open = new OpenIterator(call);
  for (const name of ['next', 'return', 'throw'] as const) {
    const step = iterator[name];
    if (typeof step === 'function') {
      putMethod(iterator, name, watched(iterator, step, open, name === 'return'));
    }
  }
  openIterators.put(iterator, open);
  return iterator;
}

/** The calls that gave an iterator and are open until its end. */
class OpenIterator implements Unrecorded {
  readonly calls: Set<OpenCall>;
  before: Unrecorded | undefined = undefined;
  isUnrecorded = false;
  /** What the last step gave or threw, where it could not be looked at, and whether nothing can come after it. */
  step: unknown = undefined;
  hasFailed = false;
  isLast = false;

  constructor(first: OpenCall) {
    this.calls = new Set([first]);
  }

  /** `mayBeRow`: it came in a promise, as the rows of a database do. */
  take(step: unknown, isLast: boolean, mayBeRow: boolean, isLate = false): void {
    const end = this.calls.size > 0 ? endOf(step, isLast, mayBeRow) : undefined;
    if (end !== undefined) {
      this.close(true, end.value, isLate);
    }
  }

  close(succeeded: boolean, outcome: unknown, isLate = false): void {
    for (const call of this.calls) {
      call.close(succeeded, outcome, isLate);
      this.calls.delete(call);
    }
  }

  recordRest(): void {
    if (this.hasFailed) {
      this.close(false, this.step, true);
    } else {
      this.take(this.step, this.isLast, false, true);
    }
    this.step = undefined;
  }

  giveUp(): void {
    for (const call of this.calls) {
      call.cancel();
      this.calls.delete(call);
    }
  }
}

function watched(iterator: object, take: Step, open: OpenIterator, isLast: boolean): Step {
  return function (this: unknown, ...args: unknown[]): unknown {
    let result: unknown;
    let hasFailed = false;
    try {
      result = Reflect.apply(take, this === undefined ? iterator : this, args);
    } catch (error) {
      result = error;
      hasFailed = true;
    }
    try {
      if (hasFailed) {
        open.close(false, result);
      } else if (types.isPromise(result)) {
        return followStep(result, open, isLast);
      } else {
        open.take(result, isLast, false);
      }
    } catch {
      // The stack is full, and who takes the step must not hear of it.
      open.step = result;
      open.hasFailed = hasFailed;
      open.isLast = isLast;
      if (!open.isUnrecorded) {
        open.isUnrecorded = true;
        open.before = unrecorded.last;
        unrecorded.last = open;
      }
    }
    if (hasFailed) {
      throw result;
    }
    return result;
  };
}

function followStep(step: Promise<unknown>, open: OpenIterator, isLast: boolean): Promise<unknown> {
  return step.then(
    (settled) => {
      open.take(settled, isLast, true);
      return settled;
    },
    (error: unknown) => {
      open.close(false, error);
      throw error;
    },
  );
}

/** Either of the two may be missing; a row of a table may have a column of one of these names, besides others. */
function isStep(step: object, mayBeRow: boolean): boolean {
  const hasDone = 'done' in step;
  const hasValue = 'value' in step;
  return (
    (hasDone && hasValue) ||
    (!mayBeRow && (hasDone || hasValue)) ||
    Object.keys(step).every((key) => key === 'done' || key === 'value')
  );
}

/**
 * What the iterator ends with; `undefined` where it goes on. One whose steps give something else than an iterator
 * does, was none.
 */
function endOf(result: unknown, isLast: boolean, mayBeRow: boolean): { value: unknown } | undefined {
  try {
    if (typeof result !== 'object' || result === null) {
      return { value: result };
    }
    const step = result as IteratorResult<unknown>;
    return isLast || step.done || !isStep(step, mayBeRow) ? { value: step.value } : undefined;
  } catch {
    // Who takes the step will hear of it.
    return { value: undefined };
  }
}
