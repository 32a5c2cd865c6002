import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, MODULE_PATH, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';

/**
 * Whether a controller of the app declares a GET route at this path, global prefix and version left out:
 * Nest compares exclusions from the prefix with that.
 */
export function declaresGet(modules: ModulesContainer, path: string, except: Function): boolean {
  const wanted = segments([path]);
  return [...modules.values()].some((module) => {
    const modulePath: unknown =
      Reflect.getMetadata(MODULE_PATH + modules.applicationId, module.metatype) ??
      Reflect.getMetadata(MODULE_PATH, module.metatype);
    return [...module.controllers.values()]
      .flatMap(({ metatype }) => (metatype && metatype !== except ? declaredGets(metatype) : []))
      .some((declared) => segments([modulePath, ...declared]) === wanted);
  });
}

/** Each as the controller's part and the method's. */
function declaredGets(controller: Function): [unknown, unknown][] {
  const prototype = controller.prototype as Record<string, Function>;
  return new MetadataScanner()
    .getAllMethodNames(prototype)
    .map((name) => prototype[name] as Function)
    .filter((method) => Reflect.getMetadata(METHOD_METADATA, method) === RequestMethod.GET)
    .flatMap((method) =>
      pathsOf(controller).flatMap((first) =>
        pathsOf(method).map((second): [unknown, unknown] => [first, second]),
      ),
    );
}

function pathsOf(target: Function): unknown[] {
  return [Reflect.getMetadata(PATH_METADATA, target) as unknown].flat();
}

/** Nest ignores case and superfluous slashes here. */
function segments(parts: readonly unknown[]): string {
  return parts
    .flatMap((part) => String(part ?? '').split('/'))
    .filter((segment) => segment !== '')
    .join('/')
    .toLowerCase();
}

interface Express {
  readonly router?: {
    readonly stack?: readonly { route?: { path: unknown; methods: Record<string, boolean> } }[];
  };
}
interface Fastify {
  hasRoute?(route: { url: string; method: string }): boolean;
}

/** Whether something was put at this path on Express or Fastify itself, past Nest. */
export function hasRawRoute(instance: unknown, path: string): boolean {
  const { hasRoute } = instance as Fastify;
  if (typeof hasRoute === 'function') {
    return hasRoute.call(instance, { url: path, method: 'GET' });
  }
  const { stack = [] } = (instance as Express).router ?? {};
  return stack.some(
    ({ route }) =>
      route?.path === path && Object.keys(route.methods).some((method) => /^(get|head|_all)$/.test(method)),
  );
}
