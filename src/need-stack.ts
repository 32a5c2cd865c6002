const NOTHING = (): void => {};
/** To pass these takes 32 KiB, of some thousand that the stack has: V8 may have to compile first what is to run. */
const MANY = Array.from({ length: 4_096 }, () => 0);

/** @throws RangeError, as any call would soon, where the stack has too little room for what must not be left half done. */
export function needStack(): void {
  Reflect.apply(NOTHING, undefined, MANY);
}
