/** Puts a method on an object itself, where it stands before that of the object's class, as if it were one of these. */
export function putMethod(object: object, name: string, method: Function): void {
  Object.defineProperty(object, name, {
    value: method,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}
