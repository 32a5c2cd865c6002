import { hideMethods, type Dress, type Method } from './hide-methods.js';
import { handlerRecordOf, type HandlerRecord } from './handler-record.js';
import { RouteRecord, type RouteTable } from './route-record.js';

/** A route that is about to be registered on the adapter. */
export interface RegisteredRoute {
  /** `GET`, `ALL`, … */
  readonly method: string;
  /** With prefix and version, as the controller or the caller has it. */
  readonly path: string;
  /** `undefined` where it is no handler of a controller. */
  readonly handler: HandlerRecord | undefined;
}

/** How an adapter's seam learns of a route while it is registered. */
export interface RouteSeam {
  /**
   * Registers a handler's route by calling the adapter's `register` with `path` and `handle`, once, and maybe with
   * more handlers to put behind the handler's own. `method` is its name: `'get'`, `'all'`, …
   */
  registerRoute(
    route: RouteRecord,
    register: Method,
    path: unknown,
    handle: unknown,
    method: string,
  ): unknown;
}

/** Who wants to know of routes before they are registered. */
export interface RouteWatcher {
  /** Hears of every route; what it throws stops the app. */
  onRoute?(route: RegisteredRoute): void;
  /** What is to be registered for the endpoint. */
  placeEndpoint?(path: string, handle: Function): { path: string; handle: Function };
}

/** Whether a path has parameters, as that of the endpoint has below a global prefix with one. */
export const isPattern = (path: string): boolean => /[:*{(]/.test(path);

const METHODS = [
  'get',
  'post',
  'head',
  'delete',
  'put',
  'patch',
  'options',
  'all',
  'search',
  'query',
  'propfind',
  'proppatch',
  'mkcol',
  'copy',
  'move',
  'lock',
  'unlock',
] as const;

/**
 * Watches an adapter's route methods while Nest registers routes through them.
 *
 * @returns Ends the watch.
 */
export function watchRoutes(
  httpAdapter: object,
  table: RouteTable,
  seam: RouteSeam | undefined,
  watcher: RouteWatcher | undefined,
): () => void {
  // Express gets '/files/{*path}' where the controller, and Fastify, have '/files/*'.
  const declared = new Map<unknown, string>();
  const dresses: Record<string, Dress> = {
    normalizePath:
      (original) =>
      (path, ...rest) => {
        const normalized = original(path, ...rest);
        if (normalized !== path) {
          declared.set(normalized, String(path));
        } else if (declared.size > 0) {
          // Another path may have come to the same before.
          declared.delete(normalized);
        }
        return normalized;
      },
  };
  for (const name of METHODS) {
    const method = name.toUpperCase();
    dresses[name] =
      (original) =>
      // For each of an app's thousands of routes: `args` is not destructured, since that takes an iterator.
      (...args) => {
        const path = args[0];
        const handle = args[1];
        const handler = typeof handle === 'function' ? handlerRecordOf(handle) : undefined;
        const asDeclared = declared.size > 0 ? declared.get(path) : undefined;
        if (typeof path === 'string' && args.length > 1) {
          watcher?.onRoute?.({ method, path: asDeclared ?? path, handler });
        }
        if (handler === undefined || args.length !== 2) {
          return original(...args);
        }
        const route = new RouteRecord(asDeclared ?? String(path), handler, String(path));
        const placed =
          handler.endpoint === true ? watcher?.placeEndpoint?.(String(path), handle as Function) : undefined;
        const at = placed?.path ?? path;
        const by = placed?.handle ?? handle;
        if (seam === undefined) {
          table.add(route);
          return original(at, by);
        }
        return seam.registerRoute(route, original, at, by, name);
      };
  }
  return hideMethods(httpAdapter, dresses);
}
