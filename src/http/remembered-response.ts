const RESPONSE = Symbol('nestjs-prometheus-exporter:response');

interface Remembering {
  [RESPONSE]?: object;
  res?: object;
}

interface HookedApp {
  addHook(name: 'onRequest', hook: (request: object, response: object, done: () => void) => void): void;
}

/** The response of a request, where nothing else leads from one to the other: on Fastify without HTTP metrics. */
export function responseOf(request: object): object | undefined {
  const remembering = request as Remembering;
  return remembering[RESPONSE] ?? remembering.res;
}

/**
 * From now on `responseOf` knows the responses of a Fastify app. By a property, since a `WeakMap` entry for each
 * request costs the garbage collector a quarter of the app's throughput.
 */
export function rememberResponses(app: HookedApp): void {
  app.addHook('onRequest', (request, response, done) => {
    (request as Remembering)[RESPONSE] = response;
    done();
  });
}
