import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { HttpRecorder } from './http-recorder.js';
import { runForRequest } from './request-context.js';
import type { RequestRecord } from './request-record.js';
import type { RouteRecord } from './route-record.js';
import type { RouteSeam } from './route-registration.js';

/** The route whose handler passed a request on. */
const PASSED = Symbol('nestjs-prometheus-exporter:passed on');

interface Layer {
  handle: Function;
}
interface ExpressRoute {
  stack?: readonly Layer[];
}
type ExpressRequest = IncomingMessage & { originalUrl?: string; route?: ExpressRoute };
type Passed = ExpressRequest & { [PASSED]?: ExpressRoute | undefined };
type Next = (error?: unknown) => void;
interface ExpressApp {
  use(middleware: (request: ExpressRequest, response: ServerResponse, next: Next) => void): unknown;
  router?: { stack?: Layer[] };
}

/**
 * Sees every request of an Express app: at its HTTP server, before anything else does, and in a first
 * middleware, which hears also where another server or a serverless adapter calls the app.
 */
export class ExpressSeam implements RouteSeam {
  private readonly routes = new WeakMap<Function, RouteRecord>();
  private readonly onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    this.recorder.begin(request, response, request.url ?? '');
  };
  private readonly middleware = (request: ExpressRequest, response: ServerResponse, next: Next): void => {
    if (this.recorder.begun(request) === undefined) {
      this.recorder.begin(request, response, request.originalUrl ?? request.url ?? '');
    }
    if (this.requestContext) {
      runForRequest({ request, response }, next);
    } else {
      next();
    }
  };

  constructor(
    private readonly app: ExpressApp,
    private readonly server: Server | undefined,
    private readonly recorder: HttpRecorder,
    private readonly requestContext: boolean,
  ) {
    recorder.findRoute = (record) => this.findRoute(record);
  }

  install(): void {
    this.server?.prependListener('request', this.onRequest);
    this.app.use(this.middleware);
    const stack = this.app.router?.stack;
    const layer = stack?.pop();
    if (stack !== undefined && layer !== undefined) {
      stack.unshift(layer);
    }
  }

  uninstall(): void {
    this.server?.removeListener('request', this.onRequest);
    const stack = this.app.router?.stack;
    const at = stack?.findIndex((layer) => layer.handle === this.middleware) ?? -1;
    if (at >= 0) {
      stack?.splice(at, 1);
    }
  }

  registerRoute(route: RouteRecord, register: (...more: readonly Function[]) => unknown): unknown {
    // Runs only where the handler passes the request on: its version or host filter did not match. Express
    // leaves `req.route` as it is then, so this is all that tells.
    const passedOn = (request: ExpressRequest, _response: ServerResponse, next: Next): void => {
      (request as Passed)[PASSED] = request.route;
      next();
    };
    this.routes.set(passedOn, route);
    return register(passedOn);
  }

  private findRoute(record: RequestRecord): RouteRecord | undefined {
    const route = (record.rawRequest as ExpressRequest).route;
    const handle = route?.stack?.at(-1)?.handle;
    return handle === undefined || (record.rawRequest as Passed)[PASSED] === route
      ? undefined
      : this.routes.get(handle);
  }
}
