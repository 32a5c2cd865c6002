import { callDressedForRequest } from './dressed-call.js';
import type { Dressing } from './dressing.js';
import { parentMethod } from './inherited-methods.js';

/**
 * Lets Nest's router hand over the request: it calls `handler.apply(instance, args)`, where `args` bears
 * the request at an index that is no argument's (see `handlers.ts`).
 */
export function acceptRequests(dressing: Dressing): void {
  const { dressed, original, prototype, name, isForwarder } = dressing;
  if (Object.hasOwn(dressed, 'apply')) {
    return;
  }
  defineApply(dressed, (self, args) => callDressedForRequest(dressing, self, args ?? []));
  if (isForwarder) {
    defineApply(original, (self, args) => parentMethod(prototype, name).apply(self, args as unknown[]));
  }
}

function defineApply(
  target: Function,
  apply: (self: unknown, args: ArrayLike<unknown> | null | undefined) => unknown,
): void {
  Object.defineProperty(target, 'apply', { value: apply, configurable: true, writable: true });
}
