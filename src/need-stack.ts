const NOTHING = (): void => {};
/** To pass these takes 64 KiB: V8 compiles a function where it is called first, and wants 40 KiB for that alone. */
const MANY = Array.from({ length: 8_192 }, () => 0);

/** @throws RangeError, as any call may soon, where the stack has too little room for what must not be left half done. */
export function needStack(): void {
  Reflect.apply(NOTHING, undefined, MANY);
}
