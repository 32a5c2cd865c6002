import { Logger, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { isRouteExcluded } from '@nestjs/core/router/utils/exclude-route.util.js';
import { isPattern, type RegisteredRoute } from '../http/route-registration.js';
import type { ResolvedEndpointOptions } from '../options/resolved-options.js';
import { pathIn } from './scrape-request.js';
import { declaresGet, hasRawRoute, keepPagesFrom, pathsAhead } from './own-routes.js';

type PrefixOptions = ReturnType<ApplicationConfig['getGlobalPrefixOptions']>;
type ExcludedRoute = NonNullable<PrefixOptions['exclude']>[number];
type Module = ModulesContainer extends Map<string, infer M> ? M : never;

/** Nest 12 has these, Nest 11 has not. */
interface RouteOrder {
  getRouteConflictPolicy?(): unknown;
  getRouteResolutionStrategy?(): unknown;
}
interface HttpAdapter {
  getType?(): string;
  isRouteOrderSensitive?(): boolean;
  getInstance(): object;
}

/**
 * Nest compares request methods with `===`, so this GET is no other route's: an exclusion from the global
 * prefix that names it holds for the endpoint alone.
 */
const GET_OF_OURS: unknown = Object(RequestMethod.GET);

/** Sees to it that the endpoint answers at exactly its path, whatever routes and prefixes the app has. */
export class EndpointPlacement {
  private endpoint: ResolvedEndpointOptions | undefined;
  private exclusion: ExcludedRoute | undefined;
  private restore: () => void = () => {};
  private knownPath: string | undefined;
  private readonly logger = new Logger('MetricsModule');

  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly controller: Type,
  ) {}

  /**
   * To be called as soon as the options are known, and before any module's `configure()`: Nest reads the
   * path and the prefix for the app's middleware too.
   */
  place(endpoint: ResolvedEndpointOptions | false): void {
    if (endpoint === false) {
      this.home()?.[1].controllers.delete(this.controller);
      return;
    }
    this.endpoint = endpoint;
    Reflect.defineMetadata(PATH_METADATA, endpoint.path, this.controller);
    if (!endpoint.followGlobalPrefix) {
      this.leaveGlobalPrefix(endpoint.path);
    }
  }

  /**
   * To be called in `configure()`: on Express the first of two routes that match gets the request, so ours
   * has to come before a catch-all route, and one that is there already lets the endpoint's requests pass.
   * @throws Error where the app has put a route of its own at the path already.
   */
  putFirst(httpAdapter: object): void {
    const home = this.home();
    if (this.endpoint === undefined || home === undefined) {
      return;
    }
    const adapter = httpAdapter as HttpAdapter;
    if (hasRawRoute(adapter.getInstance(), this.path)) {
      throw this.takenError('a route of the HTTP adapter');
    }
    if (isExpress(adapter) && !isPattern(this.path)) {
      const prefix = this.path.slice(0, this.path.length - withoutEndSlash(this.endpoint.path).length);
      this.restore = keepPagesFrom(adapter.getInstance(), this.path + this.ending, prefix);
      for (const ahead of pathsAhead(adapter.getInstance(), this.path + this.ending, prefix)) {
        this.logger.warn(`The route ${ahead} of the HTTP adapter gets the requests for ${this.path} first`);
      }
    }
    const { getRouteConflictPolicy, getRouteResolutionStrategy } = this.config as RouteOrder;
    if (getRouteConflictPolicy?.call(this.config) !== undefined) {
      // With a method of its own it is no route that one with a parameter would be in conflict with.
      this.setMethod(GET_OF_OURS);
    }
    const sorted =
      getRouteResolutionStrategy?.call(this.config) === 'specificity' &&
      adapter.isRouteOrderSensitive?.() !== false;
    const others = [...this.modules].filter(([key]) => key !== home[0]);
    this.modules.clear();
    // Sorting puts it first by itself, and takes a catch-all route for a conflict unless that was there before.
    for (const [key, module] of sorted ? [...others, home] : [home, ...others]) {
      this.modules.set(key, module);
    }
  }

  /**
   * To be told of every route before it is registered.
   * @throws Error that names `endpoint.path` where it is the app's own at the endpoint's path.
   */
  checkRoute({ method, path, handler }: RegisteredRoute): void {
    if (this.endpoint && !handler?.endpoint && withoutEndSlash(path) === this.path) {
      throw this.takenError(handler?.name ?? `a route for ${method}`);
    }
  }

  /**
   * What the adapter is to register so that the endpoint answers at its very path: Nest takes a slash from the path's
   * end, and Express gives `/metrics` the requests for `/metrics/` and `/Metrics` as well, which are other routes' here.
   */
  exactly(httpAdapter: object, normalized: string, handle: Function): { path: string; handle: Function } {
    const path = withoutEndSlash(normalized) + this.ending;
    if (!isExpress(httpAdapter as HttpAdapter)) {
      return { path, handle };
    }
    // Below a prefix with parameters, Express has compared all but the end.
    const end = isPattern(path) ? this.endpoint?.path : undefined;
    const isAt = (requested = ''): boolean =>
      end === undefined ? requested === path : requested.endsWith(end);
    return { path, handle: onlyAt(isAt, handle) };
  }

  /** To be called when the app is closed: the adapter's own routes may outlive it. */
  leave(): void {
    this.restore();
  }

  /** The slashes at the end of its path. */
  private get ending(): string {
    const [ending = ''] = /(?<=.)\/*$/.exec(this.endpoint?.path ?? '') ?? [];
    return ending;
  }

  /** Where it answers; not to be asked before the app's prefix is known. */
  private get path(): string {
    return (this.knownPath ??= this.findPath());
  }

  private findPath(): string {
    const { path = '', followGlobalPrefix = false } = this.endpoint ?? {};
    const { exclude = [] } = this.config.getGlobalPrefixOptions();
    // An app may except it from the prefix that it is to follow.
    const isBelow = followGlobalPrefix && !isRouteExcluded(exclude, path, RequestMethod.GET);
    const prefix = isBelow ? this.config.getGlobalPrefix().replace(/^\/*|\/*$/g, '') : '';
    return withoutEndSlash(prefix === '' ? path : `/${prefix}${path}`);
  }

  private takenError(owner: string): Error {
    return new Error(
      `MetricsModule: "${this.path}", the path of the metrics endpoint, is taken by ${owner}: ` +
        'give the option "endpoint.path" another one',
    );
  }

  private home(): [string, Module] | undefined {
    return [...this.modules].find(([, module]) => module.controllers.has(this.controller));
  }

  private setMethod(method: unknown): void {
    const { prototype } = this.controller as { prototype: { scrape: Function } };
    Reflect.defineMetadata(METHOD_METADATA, method, prototype.scrape);
  }

  /** Adds the endpoint to the routes that the app's global prefix does not hold for, when Nest asks. */
  private leaveGlobalPrefix(path: string): void {
    const original = this.config.getGlobalPrefixOptions;
    this.config.getGlobalPrefixOptions = () => {
      const options = original.call(this.config);
      if (!this.config.getGlobalPrefix()) {
        return options;
      }
      this.exclusion ??= this.makeExclusion(path);
      return { ...options, exclude: [...(options.exclude ?? []), this.exclusion] };
    };
  }

  /**
   * A plain one, unless it would take a route of the app out of the prefix as well: `exclude('metrics')` of
   * the app's middleware finds only a plain one.
   */
  private makeExclusion(path: string): ExcludedRoute {
    const method = declaresGet(this.modules, path, this.controller) ? GET_OF_OURS : RequestMethod.GET;
    this.setMethod(method);
    const literal = withoutEndSlash(path).replace(/[^\w/]/g, '\\$&');
    return { path, pathRegex: new RegExp(`^${literal}/?$`, 'i'), requestMethod: method as RequestMethod };
  }
}

/** A handler of Express's that passes requests for other paths on. */
function onlyAt(isAt: (path: string | undefined) => boolean, handle: Function): Function {
  return function (this: unknown, request: { url?: string }, response: object, next: () => void): unknown {
    return isAt(pathIn(request.url)) ? Reflect.apply(handle, this, [request, response, next]) : next();
  };
}

function isExpress({ getType }: HttpAdapter): boolean {
  return getType?.() === 'express';
}

function withoutEndSlash(path: string): string {
  return path.endsWith('/') ? path.replace(/(?<=.)\/+$/, '') : path;
}
