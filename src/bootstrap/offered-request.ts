import { putMethod } from './put-method.js';

/**
 * At this index of a handler's arguments stands the request: no argument's, so that no callee sees it. A string,
 * since V8 looks a negative number up far more slowly.
 */
export const REQUEST_INDEX = '-1';

/** What Nest's router may call a handler with. */
export type RouterArguments = ArrayLike<unknown> & { [REQUEST_INDEX]?: object };

let offered: object | undefined;

/**
 * Lets what stands in the place of a handler, such as a test's spy, pass the request by when Nest's router
 * calls it: the handler finds it if it is called right then.
 */
export function offerRequests(standIn: Function): void {
  putMethod(standIn, 'apply', (self: unknown, args?: RouterArguments | null): unknown => {
    offered = args?.[REQUEST_INDEX];
    try {
      return Reflect.apply(standIn, self, args ?? []);
    } finally {
      offered = undefined;
    }
  });
}

/** The request that was offered to the call that asks. */
export function takeOffered(): object | undefined {
  const request = offered;
  offered = undefined;
  return request;
}
