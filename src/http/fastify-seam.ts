import { FastifyEntries } from './fastify-entries.js';
import type {
  FastifyApp,
  FastifyHandler,
  FastifyReply,
  FastifyRequest,
  FastifyRoute,
} from './fastify-shapes.js';
import { hideMethods, type Dress, type Method } from './hide-methods.js';
import type { HttpRecorder } from './http-recorder.js';
import { runForRequest } from './request-context.js';
import type { RequestRecord } from './request-record.js';
import type { RouteRecord } from './route-record.js';
import type { RouteSeam } from './route-registration.js';

const ROUTE = Symbol('nestjs-prometheus-exporter:route');

type ErrorHandler = (
  this: unknown,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  ...rest: unknown[]
) => unknown;

type Middleware = (request: object, response: object, next: (error?: unknown) => void) => unknown;
type RegisterMiddleware = (path: string, middleware: Middleware) => unknown;

/** Nest's middleware runs before any hook of ours, and has Node's own request. */
const middlewareInContext: Dress =
  (original) =>
  async (...args) => {
    const register = (await original(...args)) as RegisterMiddleware;
    return (path: string, middleware: Middleware): unknown =>
      register(path, (request, response, next) =>
        runForRequest({ request, response }, () => middleware(request, response, next)),
      );
  };

/**
 * Sees every request of a Fastify app. A hook would cost more, and never see what Fastify's router or an earlier
 * hook answers: so requests are seen where they enter, and tied to their route, and to Fastify's own request, by
 * the handler of the route, or by Nest's error handler where a body parser kept them from it.
 */
export class FastifySeam implements RouteSeam {
  private readonly entries: FastifyEntries;
  /** The route that Nest is about to register. */
  private registering: RouteRecord | undefined;
  private readonly restores: (() => void)[] = [];

  constructor(
    private readonly adapter: { getInstance(): unknown },
    private readonly recorder: HttpRecorder,
    private readonly requestContext: boolean,
  ) {
    this.entries = new FastifyEntries(this.app, recorder);
  }

  install(): void {
    const allSeen = this.entries.watch();
    if (!allSeen || this.requestContext || this.recorder.asksRequests) {
      this.app.addHook('onRequest', (request, reply, done) => {
        this.enter(request, reply);
        this.run(request, reply, done);
      });
    }
    if (this.requestContext) {
      // A body arrives in events of the connection, which know nothing of the request.
      this.app.addHook('preValidation', (request, reply, done) => this.run(request, reply, done));
    }
    this.watchRoutes();
    const restoreAdapter = hideMethods(this.adapter, {
      setErrorHandler:
        (original) =>
        (handler, ...rest) =>
          original(this.watchErrors(handler as ErrorHandler), ...rest),
      setNotFoundHandler:
        (original) =>
        (handler, ...rest) =>
          original(this.watchHandler(handler as FastifyHandler, undefined), ...rest),
      ...(this.requestContext && { createMiddlewareFactory: middlewareInContext }),
    });
    this.restores.push(restoreAdapter);
  }

  uninstall(): void {
    this.entries.leave();
    this.restores.forEach((restore) => restore());
  }

  registerRoute(route: RouteRecord, register: Method, path: unknown, handle: unknown): unknown {
    return this.runRegistering(route, () => register(path, handle));
  }

  private runRegistering<T>(route: RouteRecord | undefined, run: () => T): T {
    const before = this.registering;
    this.registering = route;
    try {
      return run();
    } finally {
      this.registering = before;
    }
  }

  private get app(): FastifyApp {
    return this.adapter.getInstance() as FastifyApp;
  }

  /** Gives a record Fastify's own request and reply. */
  private enter(request: FastifyRequest, reply: FastifyReply): RequestRecord {
    const { raw } = request;
    const record =
      this.recorder.begun(raw) ?? this.recorder.begin(raw, reply.raw, raw.originalUrl ?? raw.url ?? '');
    record.request = request;
    record.response = reply;
    return record;
  }

  private run(request: FastifyRequest, response: FastifyReply, done: () => void): void {
    if (this.requestContext) {
      runForRequest({ request, response }, done);
    } else {
      done();
    }
  }

  /**
   * Ties routes where Nest gives them to Fastify, and by its hook those that come another way (`all` of Nest 11). The
   * hook alone would do, but each of the objects that it gets has a hidden class of its own: to read and write four
   * fields of theirs takes V8 as long as all else that is done for a route.
   */
  private watchRoutes(): void {
    const { app } = this;
    app.addHook('onRoute', (options) => this.tie(options));
    const { route } = app;
    const registerTied = (self: unknown, options: FastifyRoute): unknown => {
      const tied = { ...options };
      this.tie(tied);
      // Fastify's own route for HEAD beside it is tied with it, and one that somebody's hook adds is not to be.
      return this.runRegistering(undefined, () => Reflect.apply(route, self, [tied]));
    };
    const watched: FastifyApp['route'] = function (this: unknown, options) {
      return registerTied(this, options);
    };
    app.route = watched;
    this.restores.push(() => {
      if (app.route === watched) {
        app.route = route;
      }
    });
  }

  /** Ties the route that is being registered to Fastify's own. */
  private tie(options: FastifyRoute): void {
    const { registering } = this;
    if (registering !== undefined) {
      options.handler = this.watchHandler(options.handler, registering);
      options.config = { ...options.config, [ROUTE]: registering };
    }
  }

  private watchHandler(handler: FastifyHandler, route: RouteRecord | undefined): FastifyHandler {
    const enter = this.enter.bind(this);
    return function (this: unknown, request, reply) {
      const record = enter(request, reply);
      record.route = route;
      try {
        return Reflect.apply(handler, this, arguments);
      } catch (error) {
        // Nest calls a controller's method in an async function: this is its host filter, which did not match.
        record.route = undefined;
        record.passedOn = route;
        throw error;
      }
    };
  }

  private watchErrors(handler: ErrorHandler): ErrorHandler {
    const enter = this.enter.bind(this);
    return function (this: unknown, error, request, reply, ...rest) {
      // Nest's middleware has Node's own request.
      if (request.raw !== undefined && reply.raw !== undefined) {
        const record = enter(request, reply);
        // One that is over, since the client left in the middle of its body, is counted already.
        if (!record.ended && record.passedOn === undefined) {
          const config = request.routeOptions?.config as { [ROUTE]?: RouteRecord } | undefined;
          record.route ??= config?.[ROUTE];
        }
      }
      return Reflect.apply(handler, this, [error, request, reply, ...rest]);
    };
  }
}
