import { isLifecycleHook } from './lifecycle-hooks.js';
import { adopt } from './adopt.js';
import type { Method } from './dressing.js';

/** What stands for an inherited method: it finds the parent's at each call, as `super` does. */
export function forwarder(prototype: object, name: string | symbol, inherited: Method): Method {
  const { forward } = {
    forward(this: unknown, ...args: unknown[]): unknown {
      return parentMethod(prototype, name).apply(this, args);
    },
  };
  adopt(forward, inherited);
  return forward as Method;
}

export function parentMethod(prototype: object, name: string | symbol): Method {
  return (Object.getPrototypeOf(prototype) as Record<string | symbol, Method>)[name] as Method;
}

export function allMethodNames(prototype: object): Set<string | symbol> {
  const names = new Set<string | symbol>();
  for (
    let p: object | null = prototype;
    p && p !== Object.prototype;
    p = Object.getPrototypeOf(p) as object | null
  ) {
    for (const name of Reflect.ownKeys(p)) {
      if (name !== 'constructor' && !isLifecycleHook(name, prototype.constructor)) {
        names.add(name);
      }
    }
  }
  return names;
}

export function inheritedDescriptor(
  prototype: object,
  name: string | symbol,
): PropertyDescriptor | undefined {
  for (
    let p = Object.getPrototypeOf(prototype) as object | null;
    p;
    p = Object.getPrototypeOf(p) as object | null
  ) {
    const descriptor = Object.getOwnPropertyDescriptor(p, name);
    if (descriptor) {
      return descriptor;
    }
  }
  return undefined;
}
