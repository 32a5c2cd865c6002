type Method = (...args: unknown[]) => unknown;

/**
 * Hides a method of an adapter behind an own property. `dress` gets the hidden method, bound, and gives what
 * hides it.
 *
 * @returns Puts things back, unless somebody has hidden it again in the meantime.
 */
export function hideMethod(adapter: object, name: string, dress: (original: Method) => Method): () => void {
  const holder = adapter as Record<string, unknown>;
  const original = holder[name];
  if (typeof original !== 'function') {
    return () => {};
  }
  const own = Object.hasOwn(holder, name);
  const dressed = dress((...args) => Reflect.apply(original, adapter, args));
  holder[name] = dressed;
  return () => {
    if (holder[name] !== dressed) {
      return;
    }
    if (own) {
      holder[name] = original;
    } else {
      delete holder[name];
    }
  };
}
