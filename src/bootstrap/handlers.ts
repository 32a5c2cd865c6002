import { PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { MetadataScanner } from '@nestjs/core';
import { describeHandler, handlerRecordOf } from '../http/handler-record.js';
import { REQUEST_INDEX, offerToStandIns } from './offered-request.js';
import { acceptRequests } from './accept-requests.js';
import { dressMethod, dressingOn, dressingsOf } from './wardrobe.js';
import { exclusionsOf } from './effective-declarations.js';
import type { Dressing } from './dressing.js';
import type { MetricsApp } from './metrics-app.js';

/**
 * Prepares the handlers of a controller for its routes to be registered: each gets a function that is
 * this class's alone, which tells its record, and the request beside its arguments where its labels ask
 * for it. `instance` is the controller's, where there is one for all requests.
 */
export function prepareHandlers(app: MetricsApp, controller: Function, instance: unknown): void {
  const prototype = controller.prototype as Record<string, Function>;
  const names = handlerNames(prototype);
  const [first] = names;
  // The endpoint's controller has one handler, which tells its record by itself.
  if (first === undefined || handlerRecordOf(prototype[first] as Function)?.endpoint) {
    return;
  }
  const isDressed = app.dressesHandlers;
  let hasDressed = false;
  for (const name of names) {
    // Two controllers may share an inherited function. In the order of the names, since Nest registers in it.
    if (isDressed || !Object.hasOwn(prototype, name)) {
      hasDressed = dressMethod(prototype, name) !== undefined || hasDressed;
    }
  }
  if (hasDressed) {
    app.refresh(controller);
  }
  const exclusionOf = exclusionsOf(controller);
  const mayWantRequests = dressingsOf(controller).length > 0;
  const wanting = new Map<string, readonly Dressing[]>();
  for (const name of names) {
    describeHandler(prototype[name] as Function, {
      controller,
      methodName: name,
      name: `${controller.name}.${name}`,
      tracked: exclusionOf(name) === undefined,
    });
    if (mayWantRequests && handOverRequests(app, controller, name)) {
      wanting.set(name, chainOf(prototype, name));
    }
  }
  if (wanting.size > 0) {
    app.addWanting(controller, wanting);
    offerToStandIns(instance, wanting);
  }
}

/** By what Nest's router asks of a controller's methods. */
function handlerNames(prototype: Record<string, Function>): string[] {
  return new MetadataScanner()
    .getAllMethodNames(prototype)
    .filter((name) => Reflect.hasOwnMetadata(PATH_METADATA, prototype[name] as Function));
}

const HIDDEN_PARAMETER = `${RouteParamtypes.REQUEST}:${REQUEST_INDEX}`;

/**
 * A parameter that no handler declares, at an index that no argument has: Nest's router puts the request
 * there, where the dressed method finds it and nobody else looks. An override inherits its parent's
 * parameters, so each class gets metadata of its own.
 */
function handOverRequests(app: MetricsApp, controller: Function, name: string): boolean {
  const prototype = controller.prototype as object;
  const isWanted = chainOf(prototype, name).some(
    (dressing) => app.recorderFor(controller, dressing)?.wantsRequest,
  );
  const current = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<
    string,
    unknown
  >;
  if (isWanted) {
    chainOf(prototype, name).forEach(acceptRequests);
  }
  if (isWanted !== HIDDEN_PARAMETER in current) {
    const { [HIDDEN_PARAMETER]: _hidden, ...parameters } = current;
    const hidden = { [HIDDEN_PARAMETER]: { index: REQUEST_INDEX, data: undefined, pipes: [] } };
    Reflect.defineMetadata(
      ROUTE_ARGS_METADATA,
      isWanted ? { ...parameters, ...hidden } : parameters,
      controller,
      name,
    );
  }
  return isWanted;
}

/** The dressings that a call of the handler meets, down to the first that is no forwarder. */
function chainOf(prototype: object, name: string): Dressing[] {
  const chain: Dressing[] = [];
  for (let p: object | null = prototype; p; p = Object.getPrototypeOf(p) as object | null) {
    const dressing = dressingOn(p, name);
    if (dressing) {
      chain.push(dressing);
    }
    if (Object.hasOwn(p, name) && !dressing?.isForwarder) {
      break;
    }
  }
  return chain;
}
