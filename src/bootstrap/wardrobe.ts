import { Logger } from '@nestjs/common';
import { classDeclarations, methodDeclarations } from '../decorators/declarations.js';
import { takeDeclaringClasses } from '../decorators/declaring-classes.js';
import { processWide } from '../process-wide.js';
import { adopt } from './adopt.js';
import { dressedFunction } from './dressed-call.js';
import { Dressing, type Method } from './dressing.js';
import { allMethodNames, forwarder, inheritedDescriptor } from './inherited-methods.js';
import { isMock } from './mocks.js';

/** Those whose originals were a test's mocks: once it takes these off, the dress is off as well. */
const overMocks = processWide('dressed-mocks', () => new Set<Dressing>());

const wardrobe = processWide('wardrobe', () => new WeakMap<object, Map<string | symbol, Dressing>>());

/** Dresses what decorators have declared since the last time. */
export function dressDeclared(): void {
  for (const dressing of overMocks) {
    if (dressMethod(dressing.prototype, dressing.name) !== dressing) {
      overMocks.delete(dressing);
    }
  }
  for (const prototype of takeDeclaringClasses()) {
    const ofClass = classDeclarations(prototype.constructor);
    for (const name of ofClass.length > 0 ? allMethodNames(prototype) : Reflect.ownKeys(prototype)) {
      const isDeclared = methodDeclarations(prototype, name).length > 0;
      if ((ofClass.length > 0 || isDeclared) && name !== 'constructor') {
        const dressing = dressMethod(prototype, name);
        if (isDeclared && !dressing) {
          warnOfLoss(prototype, name);
        }
      }
    }
  }
}

function warnOfLoss(prototype: object, name: string | symbol): void {
  new Logger('MetricsModule').warn(
    `Calls of ${prototype.constructor.name}.${String(name)} are not recorded: ` +
      `its class is frozen, or another decorator has made an accessor of it`,
  );
}

/** Dresses a method that the prototype has or inherits; the same again where it is dressed already. */
export function dressMethod(prototype: object, name: string | symbol): Dressing | undefined {
  const dressed = wardrobe.get(prototype)?.get(name);
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  if (dressed && !isUndressed(dressed, own?.value)) {
    return dressed;
  }
  const descriptor = own ?? inheritedDescriptor(prototype, name);
  if (!descriptor || !isMethod(descriptor.value) || !canBePut(prototype, own)) {
    return undefined;
  }
  const original = own ? (own.value as Method) : forwarder(prototype, name, descriptor.value as Method);
  const dressing = new Dressing(prototype, name, original, !own, dressedFunction);
  adopt(dressing.dressed, original);
  Object.defineProperty(prototype, name, { ...descriptor, value: dressing.dressed });
  const ofPrototype = wardrobe.get(prototype) ?? new Map<string | symbol, Dressing>();
  wardrobe.set(prototype, ofPrototype.set(name, dressing));
  if (isMock(original)) {
    overMocks.add(dressing);
  }
  return dressing;
}

/** A mock that had the dress over it is gone, and the dress with it. */
function isUndressed({ dressed, original }: Dressing, current: unknown): boolean {
  return current !== dressed && isMock(original) && !isMock(current);
}

/** A function that is called, and no class that happens to stand on the prototype. */
function isMethod(value: unknown): value is Method {
  return (
    typeof value === 'function' && Object.getOwnPropertyDescriptor(value, 'prototype')?.writable !== false
  );
}

/** A sealed prototype can be given other methods, though no more of them. */
function canBePut(prototype: object, own: PropertyDescriptor | undefined): boolean {
  return own ? own.configurable === true || own.writable === true : Object.isExtensible(prototype);
}

/** All dressings that calls on an instance of the class may meet. */
export function dressingsOf(target: Function): Dressing[] {
  const found: Dressing[] = [];
  for (let p = target.prototype as object | null; p; p = Object.getPrototypeOf(p) as object | null) {
    found.push(...(wardrobe.get(p)?.values() ?? []));
  }
  return found;
}

/** Whether any method that the object inherits is dressed. */
export function wearsDress(instance: object): boolean {
  for (
    let p = Object.getPrototypeOf(instance) as object | null;
    p;
    p = Object.getPrototypeOf(p) as object | null
  ) {
    if (wardrobe.has(p)) {
      return true;
    }
  }
  return false;
}

/** The dressing of the method that this very prototype has. */
export function dressingOn(prototype: object, name: string | symbol): Dressing | undefined {
  return wardrobe.get(prototype)?.get(name);
}

/** The prototype from which an object with this one has a method that is no forwarder of ours. */
export function ownerOf(prototype: object, name: string | symbol): object | undefined {
  for (let p: object | null = prototype; p; p = Object.getPrototypeOf(p) as object | null) {
    if (Object.hasOwn(p, name) && !dressingOn(p, name)?.isForwarder) {
      return p;
    }
  }
  return undefined;
}
