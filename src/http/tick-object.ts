import { executionAsyncResource } from 'node:async_hooks';

/** Enough for V8 to have seen what Node puts into such an object: of an id, for one, what kind of number it is. */
const TICKS = 64;

let kept: object | undefined;

/**
 * Keeps one of the objects that Node makes for each `process.nextTick()`, of which a request takes nine. To be called
 * before there is an app.
 *
 * V8 forgets their hidden classes at a garbage collection that finds none of them alive: in half of all apps at one
 * while they start, in others at one while they have nothing to do. From then on, for as long as the process lives, it
 * adds each of their properties in the slowest way there is, since the code of `nextTick` knows only the classes
 * that are gone: 7 percent of the time of a request to a bare Nest app on Fastify.
 */
export function keepTickObject(): void {
  if (kept !== undefined) {
    return;
  }
  for (let i = 0; i < TICKS; i++) {
    process.nextTick(keep);
  }
}

/** What runs is the tick itself, so its object is the resource. */
function keep(): void {
  kept = executionAsyncResource();
}
