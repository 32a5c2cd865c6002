import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** As much of Fastify as its seam uses: the package depends on no adapter. */
export interface FastifyRequest {
  readonly raw: IncomingMessage & { originalUrl?: string };
  readonly routeOptions?: { readonly config?: unknown };
}

export interface FastifyReply {
  readonly raw: ServerResponse;
}

export type FastifyHandler = (this: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;

export interface FastifyRoute {
  config?: object;
  handler: FastifyHandler;
}

type Done = (error?: Error) => void;

/** Calls the app with Node's request and response. */
export type Dispatch = (request: IncomingMessage, response: ServerResponse) => void;

export interface FastifyApp {
  readonly server: Server;
  routing: Dispatch;
  route(options: FastifyRoute): unknown;
  /** What it gives without a callback calls the app once it is awaited. */
  inject(...args: readonly unknown[]): { dispatch?: Dispatch } | undefined;
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): unknown;
  addHook(
    name: 'onRequest' | 'preValidation',
    hook: (request: FastifyRequest, reply: FastifyReply, done: Done) => void,
  ): unknown;
  addHook(name: 'onListen', hook: (done: () => void) => void): unknown;
}
