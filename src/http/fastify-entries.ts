import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Dispatch, FastifyApp } from './fastify-shapes.js';
import type { HttpRecorder } from './http-recorder.js';
import { watchRequests, type RequestReceiver } from './received-requests.js';

/** Sees requests where they enter a Fastify app: at its HTTP servers, in `inject()` and in `routing()`. */
export class FastifyEntries implements RequestReceiver {
  private readonly restores: (() => void)[] = [];

  constructor(
    private readonly app: FastifyApp,
    private readonly recorder: HttpRecorder,
  ) {}

  /** @returns `false` where this Fastify may have servers that can't be found. */
  watch(): boolean {
    this.listenTo(this.app.server);
    this.watchCalls();
    const others = Object.getOwnPropertySymbols(this.app).find(
      (symbol) => symbol.description === 'fastify.serverBindings',
    );
    if (others === undefined) {
      return false;
    }
    // 'localhost' may have two addresses, and Fastify makes a server for each.
    this.app.addHook('onListen', (done) => {
      const servers = (this.app as unknown as Record<symbol, readonly Server[] | undefined>)[others];
      servers?.forEach((server) => this.listenTo(server));
      done();
    });
    return true;
  }

  leave(): void {
    this.restores.splice(0).forEach((restore) => restore());
  }

  receive(request: IncomingMessage, response: ServerResponse, received: boolean): void {
    this.recorder.begin(request, response, request.url ?? '', received);
  }

  hasReceived(request: IncomingMessage): boolean {
    return this.recorder.begun(request) !== undefined;
  }

  private listenTo(server: Server): void {
    this.restores.push(watchRequests(server, this));
  }

  /** Sees the requests that come from no server. */
  private watchCalls(): void {
    const { app } = this;
    const { inject, routing } = app;
    let installed = true;
    const see: Dispatch = (request, response) => {
      // Somebody may have wrapped it again, and so keep it for as long as the Fastify app lives.
      if (installed && !this.hasReceived(request)) {
        this.receive(request, response, false);
      }
    };
    const watched = (dispatch: Dispatch): Dispatch => {
      return function (this: unknown, request, response) {
        see(request, response);
        Reflect.apply(dispatch, this, [request, response]);
      };
    };
    const watchedRouting = watched(routing);
    const watchedInject: FastifyApp['inject'] = function (this: unknown, ...args) {
      const injection = Reflect.apply(inject, this, args);
      if (typeof injection?.dispatch === 'function') {
        injection.dispatch = watched(injection.dispatch);
      }
      return injection;
    };
    app.inject = watchedInject;
    app.routing = watchedRouting;
    this.restores.push(() => {
      installed = false;
      if (app.inject === watchedInject) {
        app.inject = inject;
      }
      if (app.routing === watchedRouting) {
        app.routing = routing;
      }
    });
  }
}
