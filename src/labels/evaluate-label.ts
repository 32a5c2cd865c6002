import { types } from 'node:util';
import { needStack } from '../need-stack.js';
import type { LabelFunction, LabelValue, MetricContext } from './metric-context.js';

/** The value where the function gave none that a label can have. */
export const FAILED_LABEL = 'error';

/**
 * Calls a label function for its value, whatever it does: where it throws, or returns a promise or
 * an object, the value is `error` and `onFailure` hears why.
 *
 * @throws RangeError where the stack was full when it was called.
 */
export function evaluateLabel<C = MetricContext>(
  evaluate: ((context: C) => LabelValue) | LabelFunction,
  context: C,
  onFailure: (error: unknown) => void,
): LabelValue {
  try {
    const value = (evaluate as (context: C) => unknown)(context);
    if (typeof value === 'string') {
      return value;
    }
    if (
      (typeof value === 'object' && value !== null) ||
      typeof value === 'function' ||
      typeof value === 'symbol'
    ) {
      disarm(value);
      throw new TypeError(`a label function must return a string or a number, not ${describe(value)}`);
    }
    return value as LabelValue;
  } catch (error) {
    if (isOverflow(error)) {
      needStack();
    }
    tell(onFailure, error);
    return FAILED_LABEL;
  }
}

/** By V8's words, since functions have other RangeErrors of their own: an invalid date's text, a negative count. */
function isOverflow(error: unknown): boolean {
  try {
    return error instanceof RangeError && error.message === 'Maximum call stack size exceeded';
  } catch {
    // A proxy may throw where it is looked at.
    return false;
  }
}

/** What hears of a failure must not make another one of it. */
function tell(onFailure: (error: unknown) => void, error: unknown): void {
  try {
    onFailure(error);
  } catch {
    // The value says it.
  }
}

/** An async label function that rejects must not end the process by an unhandled rejection. */
function disarm(value: unknown): void {
  if (types.isPromise(value)) {
    value.catch(() => undefined);
  }
}

function describe(value: unknown): string {
  if (types.isPromise(value)) {
    return 'a promise';
  }
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
