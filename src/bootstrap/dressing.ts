import { Logger } from '@nestjs/common';
import { classDeclarations, methodDeclarations } from '../decorators/declarations.js';
import { takeDeclaringClasses } from '../decorators/declaring-classes.js';
import { processWide } from '../process-wide.js';
import { callDressedForRequest, dressedFunction } from './dressed-call.js';
import { isLifecycleHook } from './lifecycle-hooks.js';
import { isMock } from './mocks.js';
import type { Recorder } from './recorder.js';
import { tieOf, ties, type Tie } from './tie.js';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * A method in its dress: the function that stands on the prototype in its place, once per process, and
 * asks at each call which recorder the instance's app has for it.
 */
export class Dressing {
  readonly dressed: Method;
  /** The recorder that was found last: most methods are called on instances of one class of one app. */
  private lastTie: Tie | undefined;
  private lastRecorder: Recorder | undefined;
  private lastChange = -1;

  constructor(
    readonly prototype: object,
    readonly name: string | symbol,
    /** What the prototype had, or where it inherited the method, what passes the call on. */
    readonly original: Method,
    /** The method was inherited, and got a place of its own on this prototype. */
    readonly isForwarder: boolean,
  ) {
    this.dressed = dressedFunction(this);
    adopt(this.dressed, original);
  }

  /** What records the calls on an instance. */
  recorderFor(instance: unknown): Recorder | undefined {
    const tie = tieOf(instance, this.prototype);
    if (tie !== this.lastTie || ties.changes !== this.lastChange) {
      this.lastTie = tie;
      this.lastRecorder = tie?.recorderOf(this);
      this.lastChange = ties.changes;
    }
    return this.lastRecorder;
  }
}

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
  const dressing = new Dressing(prototype, name, original, !own);
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

/**
 * Lets Nest's router hand over the request: it calls `handler.apply(instance, args)`, where `args` bears
 * the request at an index that is no argument's (see `handlers.ts`).
 */
export function acceptRequests(dressing: Dressing): void {
  const { dressed, original, prototype, name, isForwarder } = dressing;
  if (Object.hasOwn(dressed, 'apply')) {
    return;
  }
  defineApply(dressed, (self, args) => callDressedForRequest(dressing, self, args ?? []));
  if (isForwarder) {
    defineApply(original, (self, args) => parentMethod(prototype, name).apply(self, args as unknown[]));
  }
}

function defineApply(
  target: Function,
  apply: (self: unknown, args: ArrayLike<unknown> | null | undefined) => unknown,
): void {
  Object.defineProperty(target, 'apply', { value: apply, configurable: true, writable: true });
}

/** Gives a function everything that tells another one: name, length, own properties, kind and metadata. */
function adopt(target: Function, source: Function): void {
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

/** What stands for an inherited method: it finds the parent's at each call, as `super` does. */
function forwarder(prototype: object, name: string | symbol, inherited: Method): Method {
  const { forward } = {
    forward(this: unknown, ...args: unknown[]): unknown {
      return parentMethod(prototype, name).apply(this, args);
    },
  };
  adopt(forward, inherited);
  return forward as Method;
}

function parentMethod(prototype: object, name: string | symbol): Method {
  return (Object.getPrototypeOf(prototype) as Record<string | symbol, Method>)[name] as Method;
}

function allMethodNames(prototype: object): Set<string | symbol> {
  const names = new Set<string | symbol>();
  for (
    let p: object | null = prototype;
    p && p !== Object.prototype;
    p = Object.getPrototypeOf(p) as object | null
  ) {
    for (const name of Reflect.ownKeys(p)) {
      if (name !== 'constructor' && !isLifecycleHook(name)) {
        names.add(name);
      }
    }
  }
  return names;
}

function inheritedDescriptor(prototype: object, name: string | symbol): PropertyDescriptor | undefined {
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
