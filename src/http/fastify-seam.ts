import { FastifyEntries } from './fastify-entries.js';
import type {
  FastifyApp,
  FastifyHandler,
  FastifyReply,
  FastifyRequest,
  FastifyRoute,
} from './fastify-shapes.js';
import { hideMethods } from './hide-methods.js';
import type { HttpRecorder } from './http-recorder.js';
import { runForRequest } from './request-context.js';
import type { RequestRecord } from './request-record.js';
import type { RouteRecord } from './route-record.js';
import type { RouteSeam } from './route-registration.js';

const ROUTE = Symbol('nestjs-prometheus-exporter:route');

/** A route that is being registered, and Fastify's own for HEAD beside that for GET, with the same handler. */
interface Registration {
  readonly route: RouteRecord;
  handler?: FastifyHandler;
  watched?: FastifyHandler;
}

type ErrorHandler = (
  this: unknown,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  ...rest: unknown[]
) => unknown;

/**
 * Sees every request of a Fastify app. A hook would cost more, and never see what Fastify's router or an earlier
 * hook answers: so requests are seen where they enter, and tied to their route, and to Fastify's own request, by
 * the handler of the route, or by Nest's error handler where a body parser kept them from it.
 */
export class FastifySeam implements RouteSeam {
  private readonly entries: FastifyEntries;
  private registering: Registration | undefined;
  private restore: (() => void) | undefined;

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
    this.app.addHook('onRoute', (route) => this.tie(route));
    this.restore = hideMethods(this.adapter, {
      setErrorHandler:
        (original) =>
        (handler, ...rest) =>
          original(this.watchErrors(handler as ErrorHandler), ...rest),
      setNotFoundHandler:
        (original) =>
        (handler, ...rest) =>
          original(this.watchHandler(handler as FastifyHandler, undefined), ...rest),
    });
  }

  uninstall(): void {
    this.entries.leave();
    this.restore?.();
  }

  registerRoute(route: RouteRecord, register: () => unknown): unknown {
    this.registering = { route };
    try {
      return register();
    } finally {
      this.registering = undefined;
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

  /** Ties the route that is being registered to Fastify's own. */
  private tie(options: FastifyRoute): void {
    const { registering } = this;
    if (registering === undefined) {
      return;
    }
    const { route } = registering;
    if (registering.watched === undefined || options.handler !== registering.handler) {
      registering.handler = options.handler;
      registering.watched = this.watchHandler(options.handler, route);
    }
    options.handler = registering.watched;
    options.config = { ...options.config, [ROUTE]: route };
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
