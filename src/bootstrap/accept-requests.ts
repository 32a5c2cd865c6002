import { callDressedForRequest } from './call-computed.js';
import type { Dressing } from './dressing.js';
import { parentMethod } from './inherited-methods.js';
import { putMethod } from './put-method.js';

/**
 * Lets Nest's router hand over the request: it calls `handler.apply(instance, args)`, where `args` bears
 * the request at an index that is no argument's (see `handlers.ts`).
 */
export function acceptRequests(dressing: Dressing): void {
  const { dressed, original, prototype, name, isForwarder } = dressing;
  if (Object.hasOwn(dressed, 'apply')) {
    return;
  }
  putMethod(dressed, 'apply', (self: unknown, args?: ArrayLike<unknown> | null) =>
    callDressedForRequest(dressing, self, args ?? []),
  );
  if (isForwarder) {
    putMethod(original, 'apply', (self: unknown, args: unknown[]) =>
      parentMethod(prototype, name).apply(self, args),
    );
  }
}
