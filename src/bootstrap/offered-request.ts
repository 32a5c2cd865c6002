import { putMethod } from './put-method.js';

/**
 * At this index of a handler's arguments stands the request: no argument's, so that no callee sees it. A string,
 * since V8 looks a negative number up far more slowly.
 */
export const REQUEST_INDEX = '-1';

/** What Nest's router may call a handler with. */
export type RouterArguments = ArrayLike<unknown> & { [REQUEST_INDEX]?: object };

interface Offer {
  readonly request: object;
  /** The dressings of the handler that have not taken it: of an inherited one there is more than one. */
  readonly to: Set<object>;
}

let offered: Offer | undefined;

/**
 * Lets what stands in the place of a handler on its instance, such as a test's spy or a bound function, pass the
 * request by when Nest's router calls it: the handler finds it if it is called right then.
 *
 * @param wanting the handlers of the instance's class that want the request, and their dressings.
 */
export function offerToStandIns(instance: unknown, wanting: ReadonlyMap<string, readonly object[]>): void {
  if (typeof instance !== 'object' || instance === null) {
    return;
  }
  for (const [name, dressings] of wanting) {
    const standIn: unknown = (instance as Record<string, unknown>)[name];
    const ofClass = (Object.getPrototypeOf(instance) as Record<string, unknown> | null)?.[name];
    if (typeof standIn === 'function' && standIn !== ofClass && Object.isExtensible(standIn)) {
      offerRequests(standIn, dressings);
    }
  }
}

function offerRequests(standIn: Function, to: readonly object[]): void {
  putMethod(standIn, 'apply', (self: unknown, args?: RouterArguments | null): unknown => {
    const request = args?.[REQUEST_INDEX];
    offered = request && { request, to: new Set(to) };
    try {
      return Reflect.apply(standIn, self, args ?? []);
    } finally {
      offered = undefined;
    }
  });
}

/** The request that was offered to this dressing of a handler. */
export function takeOffered(dressing: object): object | undefined {
  return offered?.to.delete(dressing) === true ? offered.request : undefined;
}
