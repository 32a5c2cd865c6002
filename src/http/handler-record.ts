/** What is known of an HTTP handler from bootstrap on: a controller's method with a route of its own. */
export interface HandlerRecord {
  /** The concrete class, also where the method is inherited. */
  readonly controller: Function;
  readonly methodName: string;
  /** `UsersController.find`: the value of the label `handler`. */
  readonly name: string;
  /** `false`: its requests are not in the built-in HTTP metrics. */
  readonly tracked: boolean;
  /** `true`: it answers scrapes, and its requests are in no metric at all. */
  readonly endpoint?: boolean;
}

const HANDLER_RECORD = Symbol('nestjs-prometheus-exporter:handler');

/**
 * Ties a record to a controller's method, as Reflect metadata: Nest copies all of a method's metadata to
 * the function that it registers as the route's handler. Call it before routes are registered.
 */
export function describeHandler(method: Function, record: HandlerRecord): void {
  Reflect.defineMetadata(HANDLER_RECORD, record, method);
}

/** The record of the method that a route's handler stands for; `undefined` for any other function. */
export function handlerRecordOf(routeHandle: Function): HandlerRecord | undefined {
  return Reflect.getOwnMetadata(HANDLER_RECORD, routeHandle) as HandlerRecord | undefined;
}
