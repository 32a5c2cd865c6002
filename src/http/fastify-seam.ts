import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { HttpRecorder } from './http-recorder.js';
import { runForRequest } from './request-context.js';
import type { RequestRecord } from './request-record.js';
import type { RouteRecord } from './route-record.js';
import type { RouteSeam } from './route-registration.js';

const ROUTE = Symbol('nestjs-prometheus-exporter:route');
/** What `RequestRecord#mark` is once a request has come past all hooks, to its handler. */
const REACHED = Symbol('nestjs-prometheus-exporter:reached');

interface RouteConfig {
  [ROUTE]?: RouteRecord;
}
interface RouteOptions {
  method: string | readonly string[];
  config?: RouteConfig;
  preHandler?: Hook | readonly Hook[];
}
interface FastifyRequest {
  readonly raw: IncomingMessage & { originalUrl?: string };
  readonly routeOptions?: { config?: RouteConfig };
}
interface FastifyReply {
  readonly raw: ServerResponse;
}
type Done = (error?: Error) => void;
type Hook = (request: FastifyRequest, reply: FastifyReply, done: Done) => void;
type Dispatch = (request: IncomingMessage, response: ServerResponse) => void;
interface Injection {
  dispatch?: Dispatch;
}
interface Fastify {
  readonly server: Server;
  routing: Dispatch;
  inject(...args: readonly unknown[]): Injection | undefined;
  addHook(name: 'onRoute', hook: (route: RouteOptions) => void): unknown;
  addHook(name: 'onRequest' | 'preValidation', hook: Hook): unknown;
  addHook(name: 'onListen', hook: (done: () => void) => void): unknown;
}

/**
 * Sees every request of a Fastify app. Those that its router, or a hook before ours, answers never come to
 * our hooks, so requests are seen where they enter: at the HTTP servers, in `inject()` and in `routing()`. The
 * hook has Fastify's own request, which leads to the route.
 */
export class FastifySeam implements RouteSeam {
  /** The route that is being registered. */
  private registering: RouteRecord | undefined;
  private readonly servers: Server[] = [];
  private restore: (() => void) | undefined;
  private contextSymbol: symbol | undefined;
  private readonly onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    this.recorder.begin(request, response, request.url ?? '');
  };

  constructor(
    private readonly app: Fastify,
    private readonly recorder: HttpRecorder,
    private readonly requestContext: boolean,
  ) {
    recorder.routeOf = (record) => this.routeOf(record);
  }

  install(): void {
    this.listenTo(this.app.server);
    // 'localhost' may have two addresses, and Fastify makes a server for each.
    this.app.addHook('onListen', (done) => {
      for (const server of otherServersOf(this.app)) {
        this.listenTo(server);
      }
      done();
    });
    this.watchCalls();
    this.app.addHook('onRequest', (request, reply, done) => this.enter(request, reply, done));
    if (this.requestContext) {
      // A body arrives in events of the connection, which know nothing of the request.
      this.app.addHook('preValidation', (request, reply, done) =>
        runForRequest({ request, response: reply }, done),
      );
    }
    this.app.addHook('onRoute', (route) => this.tie(route));
  }

  uninstall(): void {
    for (const server of this.servers) {
      server.removeListener('request', this.onRequest);
    }
    this.servers.length = 0;
    this.restore?.();
  }

  registerRoute(route: RouteRecord, register: () => unknown): unknown {
    this.registering = route;
    try {
      return register();
    } finally {
      this.registering = undefined;
    }
  }

  private enter(request: FastifyRequest, reply: FastifyReply, done: Done): void {
    const record =
      this.recorder.begun(request.raw) ??
      this.recorder.begin(request.raw, reply.raw, request.raw.originalUrl ?? request.raw.url ?? '');
    record.request = request;
    record.response = reply;
    if (this.requestContext) {
      runForRequest({ request, response: reply }, done);
    } else {
      done();
    }
  }

  private listenTo(server: Server): void {
    server.prependListener('request', this.onRequest);
    this.servers.push(server);
  }

  /** Sees the requests that come from no server. */
  private watchCalls(): void {
    const { app } = this;
    const { inject, routing } = app;
    const begin =
      (dispatch: Dispatch): Dispatch =>
      (request, response) => {
        if (this.recorder.begun(request) === undefined) {
          this.onRequest(request, response);
        }
        dispatch(request, response);
      };
    const watchedRouting = begin(routing);
    const watchedInject = function (this: unknown, ...args: readonly unknown[]): Injection | undefined {
      const injection = Reflect.apply(inject, this, args);
      // Without a callback, light-my-request gives what will call the app once it is awaited.
      if (typeof injection?.dispatch === 'function') {
        injection.dispatch = begin(injection.dispatch);
      }
      return injection;
    };
    app.inject = watchedInject;
    app.routing = watchedRouting;
    this.restore = () => {
      if (app.inject === watchedInject) {
        app.inject = inject;
      }
      if (app.routing === watchedRouting) {
        app.routing = routing;
      }
    };
  }

  /** Ties the route that is being registered to Fastify's own, from which requests lead to it. */
  private tie(options: RouteOptions): void {
    const route = this.registering;
    if (route === undefined) {
      return;
    }
    options.config = { ...options.config, [ROUTE]: route };
    if ([options.method].flat().includes('OPTIONS')) {
      // A preflight that a hook answers has found the route of an `@All()` handler nonetheless.
      options.preHandler = [options.preHandler ?? []].flat().concat((request, _reply, done) => {
        const record = this.recorder.begun(request.raw);
        if (record !== undefined) {
          record.mark = REACHED;
        }
        done();
      });
    }
  }

  private routeOf(record: RequestRecord): RouteRecord | undefined {
    if (record.request === record.rawRequest) {
      return undefined;
    }
    const route = this.configOf(record.request as FastifyRequest)?.[ROUTE];
    return record.method === 'OPTIONS' && record.mark !== REACHED ? undefined : route;
  }

  /** `request.routeOptions.config`, without making the object that this getter makes each time. */
  private configOf(request: FastifyRequest): RouteConfig | undefined {
    this.contextSymbol ??= symbolOf(request, 'fastify.context');
    const context =
      this.contextSymbol &&
      (request as unknown as Record<symbol, { config?: RouteConfig }>)[this.contextSymbol];
    return context ? context.config : request.routeOptions?.config;
  }
}

function otherServersOf(app: Fastify): readonly Server[] {
  const symbol = symbolOf(app, 'fastify.serverBindings');
  const servers = symbol && (app as unknown as Record<symbol, unknown>)[symbol];
  return Array.isArray(servers) ? (servers as Server[]) : [];
}

function symbolOf(object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}
