import type { HandlerRecord } from './handler-record.js';
import { SeriesMemory } from './series-memory.js';

/** What is known of one route that leads to a handler, for one app. */
export class RouteRecord {
  /** The series of its requests, by method and status; `undefined` where they are in none of the HTTP metrics. */
  readonly series: SeriesMemory | undefined;

  constructor(
    /** With prefix and version, as the controller has it: `/api/v1/users/:id`. */
    readonly template: string,
    readonly handler: HandlerRecord,
    /** As the adapter has it. */
    readonly path: string = template,
  ) {
    this.series = handler.tracked && handler.endpoint !== true ? new SeriesMemory() : undefined;
  }
}

/** The routes of one app, as Nest registers them. */
export class RouteTable {
  /** By controller and method: of another app with the same controller, a handler has another record. */
  private readonly routes = new Map<Function, Map<string, RouteRecord[]>>();

  add(route: RouteRecord): void {
    const { controller, methodName } = route.handler;
    const ofController = this.routes.get(controller) ?? new Map<string, RouteRecord[]>();
    this.routes.set(controller, ofController);
    ofController.set(methodName, [...(ofController.get(methodName) ?? []), route]);
  }

  /**
   * The route by which a request came to a handler: of several, the one that Express or Fastify names, with
   * another adapter the first.
   */
  routeFor(handler: HandlerRecord, request: object): RouteRecord {
    const routes = this.routes.get(handler.controller)?.get(handler.methodName);
    if (routes === undefined || routes.length === 1) {
      return routes?.[0] ?? this.addUnknown(handler);
    }
    const { route, routeOptions } = request as {
      route?: { path?: unknown };
      routeOptions?: { url?: unknown };
    };
    const path = route?.path ?? routeOptions?.url;
    return routes.find((candidate) => candidate.path === path) ?? (routes[0] as RouteRecord);
  }

  /** A handler whose adapter registers routes in a way of its own. */
  private addUnknown(handler: HandlerRecord): RouteRecord {
    const route = new RouteRecord('unmatched', handler);
    this.add(route);
    return route;
  }
}
