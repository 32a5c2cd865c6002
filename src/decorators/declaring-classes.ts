import { processWide } from '../process-wide.js';

const pending = processWide('declaring-classes', () => ({
  prototypes: new Set<object>(),
  onNoted: undefined as (() => void) | undefined,
}));

/** Notes a class with something declared on it, by its prototype. */
export function noteDeclaringClass(prototype: object): void {
  pending.prototypes.add(prototype);
  pending.onNoted?.();
}

/** The prototypes noted since the last time. */
export function takeDeclaringClasses(): object[] {
  const taken = [...pending.prototypes];
  pending.prototypes.clear();
  return taken;
}

/** Hears of each class that is noted from now on. */
export function onDeclaringClass(listener: () => void): void {
  pending.onNoted = listener;
}
