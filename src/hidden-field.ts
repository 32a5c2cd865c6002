/** A field on somebody else's objects that only its holder sees. */
export interface HiddenField<T> {
  put(object: object, value: T): void;
  of(object: object): T | undefined;
}

/** A constructor may return any object, and a subclass's private fields are then put on that one. */
class Returned {
  constructor(object: object) {
    return object;
  }
}

/**
 * Makes a private field for objects of all kinds, frozen ones too: it adds no key, and costs a tenth of an
 * entry in a WeakMap.
 */
export function hiddenField<T>(): HiddenField<T> {
  return class Hidden extends Returned {
    #value: T;

    constructor(object: object, value: T) {
      super(object);
      this.#value = value;
    }

    static put(object: object, value: T): void {
      if (#value in object) {
        object.#value = value;
      } else {
        new Hidden(object, value);
      }
    }

    static of(object: object): T | undefined {
      return #value in object ? object.#value : undefined;
    }
  };
}
