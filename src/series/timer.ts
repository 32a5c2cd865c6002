import { now } from '../clock.js';
import type { EndTimer, LabelValues } from './types.js';

/** Starts a clock; what it returns records the seconds since, with the labels of start and end. */
export function startTimer<L extends string>(
  start: LabelValues<L> | undefined,
  record: (labels: LabelValues<L>, seconds: number) => void,
): EndTimer<L> {
  const began = now();
  return (end) => {
    const seconds = now() - began;
    record({ ...start, ...end } as LabelValues<L>, seconds);
    return seconds;
  };
}
