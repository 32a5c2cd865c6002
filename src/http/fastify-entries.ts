import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Dispatch, FastifyApp } from './fastify-shapes.js';
import type { HttpRecorder } from './http-recorder.js';

/** Sees requests where they enter a Fastify app: at its HTTP servers, in `inject()` and in `routing()`. */
export class FastifyEntries {
  private readonly servers: Server[] = [];
  private restore: (() => void) | undefined;
  private readonly onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    this.recorder.begin(request, response, request.url ?? '');
  };

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
    for (const server of this.servers) {
      server.removeListener('request', this.onRequest);
    }
    this.servers.length = 0;
    this.restore?.();
  }

  private listenTo(server: Server): void {
    server.prependListener('request', this.onRequest);
    this.servers.push(server);
  }

  /** Sees the requests that come from no server. */
  private watchCalls(): void {
    const { app } = this;
    const { inject, routing } = app;
    let installed = true;
    const watched = (dispatch: Dispatch): Dispatch => {
      const { onRequest, recorder } = this;
      return function (this: unknown, request, response) {
        // Somebody may have wrapped it again, and so keep it for as long as the Fastify app lives.
        if (installed && recorder.begun(request) === undefined) {
          onRequest(request, response);
        }
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
    this.restore = () => {
      installed = false;
      if (app.inject === watchedInject) {
        app.inject = inject;
      }
      if (app.routing === watchedRouting) {
        app.routing = routing;
      }
    };
  }
}
