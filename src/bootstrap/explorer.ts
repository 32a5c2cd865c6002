import { ModuleRef, type ModulesContainer } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { dressDeclared, dressingsOf, wearsDress } from './wardrobe.js';
import type { MetricsApp } from './metrics-app.js';
import { offerToStandIns } from './offered-request.js';
import { putMethod } from './put-method.js';
import { classOf, stamp } from './tie.js';

type Module = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = Module['providers'] extends Map<unknown, infer W> ? W : never;
interface InstanceHost {
  instance: unknown;
}

/** The wrappers that are tied, and the maps of them that tie what is put there. A container is one app's. */
const watched = new WeakSet<object>();

/**
 * Ties everything that an app's container makes, now and later, to the app's metrics: singletons,
 * request-scoped, durable and transient instances, what factories and `ModuleRef#create` give, and modules
 * and providers that are added when the app runs.
 */
export function tieContainer(app: MetricsApp, modules: ModulesContainer): void {
  tieDressed(app, modules);
  for (const module of modules.values()) {
    for (const wrappers of wrappersOf(module)) {
      wrappers.forEach((wrapper) => hearOfFailure(app, wrapper));
    }
  }
  putMethod(modules, 'set', (token: string, module: Module) => {
    dressDeclared();
    tieModule(app, module);
    return Map.prototype.set.call(modules, token, module);
  });
}

/** Ties what was not worth it before: a factory may have decorated the class of another provider. */
export function tieDressed(app: MetricsApp, modules: ModulesContainer): void {
  dressDeclared();
  modules.forEach((module) => tieModule(app, module));
}

function wrappersOf(module: Module): Map<unknown, Wrapper>[] {
  return [module.providers, module.controllers, module.injectables] as Map<unknown, Wrapper>[];
}

function tieModule(app: MetricsApp, module: Module): void {
  for (const wrappers of wrappersOf(module)) {
    const tie = (wrapper: Wrapper): void => tieWrapper(app, wrapper, wrappers === module.controllers);
    wrappers.forEach(tie);
    if (watched.has(wrappers)) {
      continue;
    }
    watched.add(wrappers);
    putMethod(wrappers, 'set', (token: unknown, wrapper: Wrapper) => {
      tie(wrapper);
      return Map.prototype.set.call(wrappers, token, wrapper);
    });
  }
}

/**
 * A provider of which there is one, and whose making failed, is the end of its app: nobody will ever close
 * that. A transient one may fail at any time.
 */
function hearOfFailure(app: MetricsApp, wrapper: Wrapper): void {
  const { removeInstanceByContextId } = wrapper;
  putMethod(wrapper, 'removeInstanceByContextId', (...args: Parameters<typeof removeInstanceByContextId>) => {
    if (args[0] === STATIC_CONTEXT && !wrapper.isTransient) {
      app.close();
    }
    return removeInstanceByContextId.apply(wrapper, args);
  });
}

/** `always`: also where its class has no dress yet, which another app may put on the handlers of a controller. */
function tieWrapper(app: MetricsApp, wrapper: Wrapper, always: boolean): void {
  const { metatype } = wrapper;
  if (watched.has(wrapper)) {
    return;
  }
  if (wrapper.token === ModuleRef) {
    watched.add(wrapper);
    tieWhatIsCreated(app, wrapper.instance as ModuleRef);
    return;
  }
  if (!wrapper.isNotMetatype && typeof metatype === 'function') {
    if (!always && dressingsOf(metatype).length === 0) {
      return;
    }
    app.tieFor(metatype);
  }
  watched.add(wrapper);
  const tie = (instance: unknown): void => tieInstance(app, instance, always);
  watchHost(tie, wrapper.getInstanceByContextId(STATIC_CONTEXT));
  for (const host of wrapper.getStaticTransientInstances()) {
    watchHost(tie, host);
  }
  const { setInstanceByContextId, setInstanceByInquirerId, getInstanceByInquirerId } = wrapper;
  wrapper.setInstanceByContextId = (contextId, host, inquirerId) => {
    watchHost(tie, host);
    setInstanceByContextId.call(wrapper, contextId, host, inquirerId);
  };
  wrapper.setInstanceByInquirerId = (contextId, inquirerId, host) => {
    watchHost(tie, host);
    setInstanceByInquirerId.call(wrapper, contextId, inquirerId, host);
  };
  // A transient instance's host may be there before its instance is: Nest asks for it to put that in.
  wrapper.getInstanceByInquirerId = (contextId, inquirerId) => {
    const host = getInstanceByInquirerId.call(wrapper, contextId, inquirerId);
    watchHost(tie, host);
    return host;
  };
}

function tieWhatIsCreated(app: MetricsApp, modules: ModuleRef): void {
  const { create } = modules;
  putMethod(modules, 'create', async (...args: Parameters<typeof create>): Promise<unknown> => {
    const instance: unknown = await create.apply(modules, args);
    tieInstance(app, instance, false);
    return instance;
  });
}

/** Ties the instance that the host holds, and each that is put there from now on. */
function watchHost(tie: (instance: unknown) => void, host: InstanceHost | undefined): void {
  if (!host || Object.getOwnPropertyDescriptor(host, 'instance')?.get) {
    return;
  }
  let { instance } = host;
  tie(instance);
  Object.defineProperty(host, 'instance', {
    get: () => instance,
    set: (value: unknown) => {
      instance = value;
      tie(value);
    },
    enumerable: true,
    configurable: true,
  });
}

function tieInstance(app: MetricsApp, instance: unknown, always: boolean): void {
  if (typeof instance !== 'object' || instance === null) {
    return;
  }
  try {
    const target = always || wearsDress(instance) ? classOf(instance) : undefined;
    if (target) {
      stamp(instance, app.tieFor(target));
      // A request-scoped controller, made when its handlers are registered already.
      const wanting = app.wantingOf(target);
      if (wanting !== undefined) {
        offerToStandIns(instance, wanting);
      }
    }
  } catch {
    // An exotic object, such as a proxy that throws, is left to the app made last.
  }
}
