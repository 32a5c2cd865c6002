import { executionAsyncResource } from 'node:async_hooks';

// Tests may put another function in its place.
const { nextTick } = process;

/** Enough for V8 to have seen what Node puts into such an object: of an id, for one, what kind of number it is. */
const TICKS = 64;

/** Bun has no such objects, and would open standard input to name it as what runs. */
const isBun = process.versions['bun'] !== undefined;

let kept: object | undefined;

/**
 * Keeps one of the objects that Node makes for each `process.nextTick()`, of which a request takes nine. To be called
 * before there is an app.
 *
 * V8 forgets their hidden classes when some garbage collections in a row find none of them alive: when an app has
 * nothing to do, and in some on Node 20 while they start. From then on, for as long as the process lives, it adds
 * each of their properties in the slowest way there is, since the code of `nextTick` knows only the classes that are
 * gone: 7 percent of the time of a request to a bare Nest app on Fastify.
 */
export function keepTickObject(): void {
  if (kept !== undefined || isBun) {
    return;
  }
  for (let i = 0; i < TICKS; i++) {
    nextTick(keep);
  }
}

/** What runs is the tick itself, so its object is the resource. */
function keep(): void {
  const resource = executionAsyncResource() as Record<PropertyKey, unknown>;
  if (resource['callback'] === keep) {
    kept = resource;
    leaveContext(resource);
  }
}

/** Lets go of what AsyncLocalStorage has put there: the context in which the app's module was made. */
function leaveContext(resource: Record<PropertyKey, unknown>): void {
  for (const symbol of Object.getOwnPropertySymbols(resource)) {
    if (typeof resource[symbol] === 'object') {
      resource[symbol] = undefined;
    }
  }
}
