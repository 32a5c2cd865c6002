const NOTHING = (): void => {};
/** To pass these takes 128 KiB, an eighth of Node's stack: V8 may have to compile what ends a call first. */
const MANY = Array.from({ length: 16_384 }, () => 0);

/** @throws RangeError, as any call would soon, where too little of the stack is left for a call to be ended. */
export function needStack(): void {
  Reflect.apply(NOTHING, undefined, MANY);
}
