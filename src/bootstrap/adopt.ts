/** Gives a function everything that tells another one: name, length, own properties, kind and metadata. */
export function adopt(target: Function, source: Function): void {
  Object.setPrototypeOf(target, Object.getPrototypeOf(source) as object);
  for (const key of Reflect.ownKeys(source)) {
    const descriptor = Object.getOwnPropertyDescriptor(source, key);
    if (descriptor && key !== 'arguments' && key !== 'caller' && key !== 'apply') {
      Object.defineProperty(target, key, descriptor);
    }
  }
  for (const key of Reflect.getOwnMetadataKeys(source) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, source), target);
  }
}
