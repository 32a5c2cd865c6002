import { processWide } from '../process-wide.js';
import type { Recorder } from './recorder.js';

/** What ties the instances of one class to the app that they belong to. */
export interface Tie {
  /** What records the calls of a dressed method; `undefined`: nothing does. Never throws. */
  recorderOf(dressing: object): Recorder | undefined;
}

/** An app whose metrics are alive. */
export interface TieSource {
  tieFor(target: Function): Tie;
}

interface Ties {
  stamp(instance: object, tie: Tie): void;
  stampOf(instance: object): Tie | undefined;
  /** The one made last at the end. */
  readonly living: TieSource[];
  /** Counts up whenever some tie may have other recorders than before. */
  changes: number;
}

/** A constructor may return any object, and a subclass's private fields are then put on that one. */
class Returned {
  constructor(instance: object) {
    return instance;
  }
}

/**
 * A private field on somebody else's object: it adds no key, works on frozen objects, and is found
 * faster than by a WeakMap. No `hiddenField()`, since all of these share their inline caches in V8, and a look-up
 * at each call would cost ten times as much.
 */
class Stamp extends Returned {
  #tie: Tie;

  constructor(instance: object, tie: Tie) {
    super(instance);
    this.#tie = tie;
  }

  static put(instance: object, tie: Tie): void {
    if (#tie in instance) {
      instance.#tie = tie;
    } else {
      new Stamp(instance, tie);
    }
  }

  static of(instance: object): Tie | undefined {
    return #tie in instance ? instance.#tie : undefined;
  }
}

export const ties = processWide<Ties>('ties', () => ({
  stamp: (instance, tie) => Stamp.put(instance, tie),
  stampOf: (instance) => Stamp.of(instance),
  living: [],
  changes: 0,
}));

export const { stamp, stampOf, living } = ties;

/** The tie of an instance: its own, or where nobody stamped it, that of the app made last. */
export function tieOf(instance: unknown, prototype: object): Tie | undefined {
  if (typeof instance === 'object' && instance !== null) {
    const tie = stampOf(instance);
    if (tie !== undefined) {
      return tie;
    }
  }
  return living.at(-1)?.tieFor(classOf(instance) ?? (prototype.constructor as Function));
}

/** The concrete class of an instance, as far as it tells. */
export function classOf(instance: unknown): Function | undefined {
  try {
    const constructor: unknown = (instance as { constructor?: unknown } | null | undefined)?.constructor;
    return typeof constructor === 'function' ? constructor : undefined;
  } catch {
    return undefined;
  }
}
