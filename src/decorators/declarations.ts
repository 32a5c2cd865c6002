import 'reflect-metadata';
import type { Aggregator } from '../series/index.js';
import type { MetricLabels } from '../labels/metric-context.js';
import { noteDeclaringClass } from './declaring-classes.js';

interface BaseDeclaration {
  /** Without a name the declaration feeds one of the metrics that all unnamed decorators share. */
  readonly name: string | undefined;
  readonly help: string | undefined;
  readonly labels: MetricLabels;
  readonly initialValue: boolean;
}

export interface CountedDeclaration extends BaseDeclaration {
  readonly kind: 'counted';
  readonly on: 'always' | 'success' | 'failure';
}

export interface GaugedDeclaration extends BaseDeclaration {
  readonly kind: 'gauged';
  readonly aggregator: Aggregator | undefined;
}

export interface TimedDeclaration extends BaseDeclaration {
  readonly kind: 'timed';
  readonly type: 'histogram' | 'summary';
  readonly buckets: readonly number[] | undefined;
  readonly percentiles: readonly number[] | undefined;
}

/** What one decorator says; a decorator in a constant puts the very same object on many methods. */
export type MetricDeclaration = CountedDeclaration | GaugedDeclaration | TimedDeclaration;

/** How far a handler is left out: of the built-in HTTP metrics, or of everything. */
export type Exclusion = 'http' | 'all';

// Symbol.for: the ESM and the CommonJS build of this package may meet in one process.
const DECLARATIONS = Symbol.for('nestjs-prometheus-exporter:declarations');
const EXCLUSION = Symbol.for('nestjs-prometheus-exporter:exclusion');
const EXCLUDED_METHODS = Symbol.for('nestjs-prometheus-exporter:excluded-methods');

/** Metadata sits on the class, not on the function, so that decorators that replace the function lose nothing. */
export function declareOnMethod(
  prototype: object,
  method: PropertyKey,
  declaration: MetricDeclaration,
): void {
  const declared = methodDeclarations(prototype, method);
  Reflect.defineMetadata(DECLARATIONS, [declaration, ...declared], prototype, method as string);
  noteDeclaringClass(prototype);
}

export function declareOnClass(target: Function, declaration: MetricDeclaration): void {
  Reflect.defineMetadata(DECLARATIONS, [declaration, ...classDeclarations(target)], target);
  noteDeclaringClass(target.prototype as object);
}

/** Of the method that this very prototype has, not of one that it inherits. */
export function methodDeclarations(prototype: object, method: PropertyKey): readonly MetricDeclaration[] {
  return (
    (Reflect.getOwnMetadata(DECLARATIONS, prototype, method as string) as MetricDeclaration[] | undefined) ??
    []
  );
}

/** Of this very class, not of one that it extends. */
export function classDeclarations(target: Function): readonly MetricDeclaration[] {
  return (Reflect.getOwnMetadata(DECLARATIONS, target) as MetricDeclaration[] | undefined) ?? [];
}

export function excludeMethod(prototype: object, method: PropertyKey, exclusion: Exclusion): void {
  Reflect.defineMetadata(
    EXCLUDED_METHODS,
    new Map(excludedMethods(prototype)).set(method, exclusion),
    prototype,
  );
}

export function excludeClass(target: Function, exclusion: Exclusion): void {
  Reflect.defineMetadata(EXCLUSION, exclusion, target);
}

/** Of the method that this very prototype has. */
export function methodExclusion(prototype: object, method: PropertyKey): Exclusion | undefined {
  return excludedMethods(prototype)?.get(method);
}

/** Whether the prototype, or one that it extends, has a method that is excluded: most have none. */
export function excludesMethods(prototype: object): boolean {
  return Reflect.hasMetadata(EXCLUDED_METHODS, prototype);
}

function excludedMethods(prototype: object): ReadonlyMap<PropertyKey, Exclusion> | undefined {
  return Reflect.getOwnMetadata(EXCLUDED_METHODS, prototype) as
    ReadonlyMap<PropertyKey, Exclusion> | undefined;
}

/** A class passes its exclusion on to the classes that extend it. */
export function classExclusion(target: Function): Exclusion | undefined {
  return Reflect.getMetadata(EXCLUSION, target) as Exclusion | undefined;
}
