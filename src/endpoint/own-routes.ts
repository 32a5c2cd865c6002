import { METHODS } from 'node:http';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, MODULE_PATH, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { pathIn } from './scrape-request.js';

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

type Handle = (request: RawRequest, response: object, next: () => void) => unknown;
interface RawRequest {
  readonly method?: string;
  readonly url?: string;
}
interface Layer {
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>> };
  handle: Handle;
  /** Gives `true`, or what it matched. */
  match?(path: string): unknown;
}
interface Express {
  readonly router?: { readonly stack?: readonly Layer[] };
}
interface Fastify {
  readonly supportedMethods?: readonly string[];
  hasRoute?(route: { url: string; method: string }): boolean;
}

const routesOf = (express: Express): Layer[] =>
  (express.router?.stack ?? []).filter(({ route }) => route !== undefined);

/** Whether something was put at this path on Express or Fastify itself, past Nest. */
export function hasRawRoute(instance: object, path: string): boolean {
  const { hasRoute, supportedMethods = ['GET'] } = instance as Fastify;
  return typeof hasRoute === 'function'
    ? supportedMethods.some((method) => hasRoute.call(instance, { url: path, method }))
    : routesOf(instance as Express).some((layer) => isAt(layer, path));
}

/** Whether it has the path, or one that Express takes for the same: in another case, with a slash at its end. */
function isAt(layer: Layer, path: string): boolean {
  const paths = [layer.route?.path].flat();
  return paths.some((own) => own === path || (alike(own) === alike(path) && matches(layer, path)));
}

const alike = (path: unknown): unknown =>
  typeof path === 'string' ? path.toLowerCase().replace(/\/+$/, '') : path;

const matches = (layer: Layer, path: string): boolean => Boolean(layer.match?.(path));

/** Below a prefix, no route matches both but one for every path. */
const UNALIKE = ['/nestjs-prometheus-exporter', '/one/of/many/other/paths'];

/** Whether it is a page for every path, as single-page apps have one, and not what Express's `all` makes. */
const isPageForAll = (layer: Layer, prefix: string): boolean =>
  !isForAllMethods(layer) && UNALIKE.every((path) => matches(layer, prefix + path));

function isForAllMethods({ route }: Layer): boolean {
  const methods = route?.methods ?? {};
  return METHODS.every((method) => methods['_all'] || methods[method.toLowerCase()]);
}

/** Of the routes that were put on Express itself, past Nest, those for some paths that get the requests for this one. */
export function pathsAhead(express: Express, path: string, prefix: string): string[] {
  return routesOf(express)
    .filter(
      (layer) =>
        layer.route?.methods['get'] &&
        !isForAllMethods(layer) &&
        !isPageForAll(layer, prefix) &&
        matches(layer, path),
    )
    .map(({ route }) => String(route?.path));
}

/**
 * Has the pages for every path (below the app's prefix, if the endpoint follows it) that were put on Express itself, past
 * Nest, let requests for the endpoint pass. What is there for some paths, or for all methods, is left to see them: it may
 * be there to refuse some.
 *
 * @returns ends it.
 */
export function keepPagesFrom(express: Express, endpointPath: string, prefix: string): () => void {
  let isKept = true;
  for (const layer of routesOf(express).filter((one) => isPageForAll(one, prefix))) {
    const { handle } = layer;
    layer.handle = function (this: unknown, request, response, next): unknown {
      const isScrape = request.method === 'GET' || request.method === 'HEAD';
      return isKept && isScrape && pathIn(request.url) === endpointPath
        ? next()
        : Reflect.apply(handle, this, [request, response, next]);
    };
  }
  return () => {
    isKept = false;
  };
}
