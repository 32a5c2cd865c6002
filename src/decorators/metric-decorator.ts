import { declareOnClass, declareOnMethod, type MetricDeclaration } from './declarations.js';

/** Goes on a method, or on a class for all its methods. In a constant it may go on many. */
export interface MetricDecorator {
  (target: Function): void;
  (target: object, method: string | symbol, descriptor: PropertyDescriptor): void;
}

const declarations = new WeakMap<object, MetricDeclaration>();

/** Makes the decorator that writes this declaration. */
export function metricDecorator(decoratorName: string, declaration: MetricDeclaration): MetricDecorator {
  const decorate = (target: object, method?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (isClassTarget(decoratorName, target, method, descriptor)) {
      declareOnClass(target, declaration);
    } else {
      declareOnMethod(target, method as string | symbol, declaration);
    }
  };
  declarations.set(decorate, declaration);
  return decorate;
}

/** What a decorator would write, for those given in the option `defaults`. */
export function declarationOf(decorator: unknown): MetricDeclaration | undefined {
  return typeof decorator === 'function' ? declarations.get(decorator) : undefined;
}

/**
 * Tells a class from a method.
 * @throws TypeError where the decorator stands on anything else: a static method, an accessor, a
 *   property, a parameter, or in code compiled with TC39's decorators, which NestJS does not use.
 */
export function isClassTarget(
  decoratorName: string,
  target: object,
  method: unknown,
  descriptor: unknown,
): target is Function {
  if (typeof method === 'object' && method !== null) {
    throw new TypeError(
      `@${decoratorName} needs "experimentalDecorators" in tsconfig.json, as every NestJS decorator does`,
    );
  }
  if (method === undefined) {
    // Arrow functions and methods have no prototype.
    if (typeof target !== 'function' || typeof target.prototype !== 'object' || descriptor !== undefined) {
      throw new TypeError(`@${decoratorName} goes on a class or an instance method`);
    }
    return true;
  }
  const where = `${String(typeof target === 'function' ? target.name : target.constructor?.name)}.${String(method)}`;
  if (typeof target === 'function') {
    throw new TypeError(
      `@${decoratorName} can't be put on the static method ${where}: it goes on instance methods`,
    );
  }
  if (typeof (descriptor as PropertyDescriptor | undefined)?.value !== 'function') {
    throw new TypeError(
      `@${decoratorName} can't be put on ${where}: it goes on methods, not on properties or accessors`,
    );
  }
  return false;
}
