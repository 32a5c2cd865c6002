import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { hiddenField } from '../hidden-field.js';
import { FieldsAhead, type ExpressPrototypes } from './express-fields.js';
import type { HttpRecorder } from './http-recorder.js';
import type { Method } from './hide-methods.js';
import { watchRequests, type RequestReceiver } from './received-requests.js';
import { runForRequest } from './request-context.js';
import type { RequestRecord } from './request-record.js';
import type { RouteRecord } from './route-record.js';
import type { RouteSeam } from './route-registration.js';

interface Layer {
  readonly handle: Function;
}
interface ExpressRoute {
  readonly stack?: Layer[];
}
type ExpressRequest = IncomingMessage & { originalUrl?: string; route?: ExpressRoute };
type Next = (error?: unknown) => void;
type Handle = (request: ExpressRequest, response: ServerResponse, next?: Next) => unknown;
interface ExpressApp extends ExpressPrototypes {
  handle: Handle;
  readonly router?: { readonly stack?: readonly { readonly route?: ExpressRoute }[] };
}

/**
 * Sees every request of an Express app: at its HTTP server, before anything else does, and where the app is called,
 * as it is by another server, a serverless adapter, or an app that it is mounted in. A middleware would see the
 * latter too, but costs a layer of the router.
 */
export class ExpressSeam implements RouteSeam, RequestReceiver {
  /** By Express's own routes, and by the last handler of each: tracers put wrappers in the place of handlers. */
  private readonly routes = hiddenField<RouteRecord>();
  /** Express's layers of `passOn()`, by the adapter's methods: each compiles a path, so routes share them. */
  private readonly passingOn = new Map<string, Layer>();
  private readonly fields: FieldsAhead;
  private readonly restores: (() => void)[] = [];

  constructor(
    private readonly app: ExpressApp,
    private readonly server: Server | undefined,
    private readonly recorder: HttpRecorder,
    private readonly requestContext: boolean,
  ) {
    this.fields = new FieldsAhead(app);
    recorder.findRoute = (record) => this.findRoute(record);
  }

  install(): void {
    if (this.server !== undefined) {
      this.restores.push(watchRequests(this.server, this));
    }
    const { app, recorder, requestContext } = this;
    const { handle } = app;
    let installed = true;
    const watched: Handle = function (this: unknown, request, response, next) {
      // Somebody may have wrapped it again, and so keep it for as long as the Express app lives.
      if (!installed) {
        return handle.call(this, request, response, next);
      }
      if (recorder.begun(request) === undefined) {
        recorder.begin(request, response, request.originalUrl ?? request.url ?? '');
      }
      return requestContext
        ? runForRequest({ request, response }, () => handle.call(this, request, response, next))
        : handle.call(this, request, response, next);
    };
    app.handle = watched;
    this.restores.push(() => {
      installed = false;
      if (app.handle === watched) {
        app.handle = handle;
      }
    });
  }

  uninstall(): void {
    this.restores.splice(0).forEach((restore) => restore());
  }

  receive(request: IncomingMessage, response: ServerResponse, received: boolean): void {
    this.fields.add(request, response);
    this.recorder.begin(request, response, request.url ?? '', received);
  }

  hasReceived(request: IncomingMessage): boolean {
    return this.recorder.begun(request) !== undefined;
  }

  registerRoute(
    route: RouteRecord,
    register: Method,
    path: unknown,
    handle: unknown,
    method: string,
  ): unknown {
    const shared = this.passingOn.get(method);
    const before = this.app.router?.stack?.length;
    if (shared !== undefined) {
      const registered = register(path, handle);
      this.tieAdded(route, before)?.stack?.push(shared);
      return registered;
    }
    const passedOn = this.passOn();
    this.routes.put(passedOn, route);
    const registered = register(path, handle, passedOn);
    const made = this.tieAdded(route, before)?.stack?.at(-1);
    if (made?.handle === passedOn) {
      this.passingOn.set(method, made);
    }
    return registered;
  }

  /** Ties a route to Express's own, if one was added since there were so many. */
  private tieAdded(route: RouteRecord, before: number | undefined): ExpressRoute | undefined {
    const stack = this.app.router?.stack;
    const added = stack?.length === before ? undefined : stack?.at(-1)?.route;
    if (added !== undefined) {
      this.routes.put(added, route);
    }
    return added;
  }

  /**
   * A handler to be put behind a route's own. It runs only where that passes the request on: its version or host
   * filter did not match. Express leaves `req.route` as it is then, so this is all that tells.
   */
  private passOn(): Handle {
    const { recorder } = this;
    return (request, response, next) => {
      // One that has answered, and calls `next` all the same, has not passed it on.
      if (!response.headersSent) {
        const record = recorder.begun(request);
        if (record !== undefined) {
          record.passedOn = request.route;
        }
      }
      next?.();
    };
  }

  private findRoute(record: RequestRecord): RouteRecord | undefined {
    const { route } = record.rawRequest as ExpressRequest;
    // The app may have put anything there.
    if (typeof route !== 'object' || route === null || route === record.passedOn) {
      return undefined;
    }
    const handle: unknown = route.stack?.at?.(-1)?.handle;
    return this.routes.of(route) ?? (typeof handle === 'function' ? this.routes.of(handle) : undefined);
  }
}
