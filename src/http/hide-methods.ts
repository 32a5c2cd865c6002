/** A method of an adapter, bound to it. */
export type Method = (...args: unknown[]) => unknown;

/** Gives what takes the place of a method, which it gets bound. */
export type Dress = (original: Method) => Method;

/**
 * Hides methods of an adapter behind a layer between it and its prototype. Own properties would have to be deleted
 * at the end, after which V8 keeps the adapter as a dictionary, and all that it reads of itself in each request
 * goes the slow way.
 *
 * @returns Puts things back. Where somebody has put a method of theirs on top in the meantime, that stays.
 */
export function hideMethods(adapter: object, dresses: Readonly<Record<string, Dress>>): () => void {
  const methods = adapter as Record<string, unknown>;
  const layer = Object.create(Object.getPrototypeOf(adapter) as object | null) as object;
  const restores: (() => void)[] = [];
  for (const [name, dress] of Object.entries(dresses)) {
    const original = methods[name];
    if (typeof original !== 'function') {
      continue;
    }
    const dressed = dress((original as Method).bind(adapter));
    if (Object.hasOwn(adapter, name)) {
      methods[name] = dressed;
      restores.push(() => {
        if (methods[name] === dressed) {
          methods[name] = original;
        }
      });
    } else {
      Object.defineProperty(layer, name, { value: dressed, writable: true, configurable: true });
    }
  }
  Object.setPrototypeOf(adapter, layer);
  return () => {
    restores.forEach((restore) => restore());
    takeOut(layer, adapter);
  };
}

/** Others may have put layers above or below it since. */
function takeOut(layer: object, adapter: object): void {
  let above: object | null = adapter;
  while (above !== null && Object.getPrototypeOf(above) !== layer) {
    above = Object.getPrototypeOf(above) as object | null;
  }
  if (above !== null) {
    Object.setPrototypeOf(above, Object.getPrototypeOf(layer) as object | null);
  }
}
