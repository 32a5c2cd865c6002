import type { ModulesContainer } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { dressDeclared, dressingsOf, wearsDress } from './dressing.js';
import type { MetricsApp } from './metrics-app.js';
import { classOf, stamp } from './tie.js';

type Module = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = Module['providers'] extends Map<unknown, infer W> ? W : never;
interface InstanceHost {
  instance: unknown;
}

/**
 * Ties everything that an app's container makes, now and later, to the app's metrics: singletons,
 * request-scoped, durable and transient instances, and what factories give.
 */
export function tieContainer(app: MetricsApp, modules: ModulesContainer): void {
  dressDeclared();
  for (const module of modules.values()) {
    for (const wrappers of [module.providers, module.controllers, module.injectables]) {
      for (const wrapper of wrappers.values()) {
        tieWrapper(app, wrapper as Wrapper);
      }
    }
  }
}

function tieWrapper(app: MetricsApp, wrapper: Wrapper): void {
  const { metatype } = wrapper;
  if (!wrapper.isNotMetatype && typeof metatype === 'function') {
    if (dressingsOf(metatype).length === 0) {
      return;
    }
    app.tieFor(metatype);
  }
  watchHost(app, wrapper.getInstanceByContextId(STATIC_CONTEXT));
  for (const host of wrapper.getStaticTransientInstances()) {
    watchHost(app, host);
  }
  const { setInstanceByContextId, setInstanceByInquirerId } = wrapper;
  wrapper.setInstanceByContextId = (contextId, host, inquirerId) => {
    watchHost(app, host);
    setInstanceByContextId.call(wrapper, contextId, host, inquirerId);
  };
  wrapper.setInstanceByInquirerId = (contextId, inquirerId, host) => {
    watchHost(app, host);
    setInstanceByInquirerId.call(wrapper, contextId, inquirerId, host);
  };
}

/** Ties the instance that the host holds, and each that is put there from now on. */
function watchHost(app: MetricsApp, host: InstanceHost | undefined): void {
  if (!host) {
    return;
  }
  let { instance } = host;
  tieInstance(app, instance);
  Object.defineProperty(host, 'instance', {
    get: () => instance,
    set: (value: unknown) => {
      instance = value;
      tieInstance(app, value);
    },
    enumerable: true,
    configurable: true,
  });
}

function tieInstance(app: MetricsApp, instance: unknown): void {
  if (typeof instance !== 'object' || instance === null) {
    return;
  }
  try {
    const target = wearsDress(instance) ? classOf(instance) : undefined;
    if (target) {
      stamp(instance, app.tieFor(target));
    }
  } catch {
    // An exotic object, such as a proxy that throws, is left to the app made last.
  }
}
