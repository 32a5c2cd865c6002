const responses = new WeakMap<object, object>();

interface HookedApp {
  addHook(name: 'onRequest', hook: (request: object, response: object, done: () => void) => void): void;
}

/** The response of a request, where nothing else leads from one to the other: on Fastify without HTTP metrics. */
export function responseOf(request: object): object | undefined {
  return responses.get(request) ?? (request as { res?: object }).res;
}

/** From now on `responseOf` knows the responses of a Fastify app. */
export function rememberResponses(app: HookedApp): void {
  app.addHook('onRequest', (request, response, done) => {
    responses.set(request, response);
    done();
  });
}
