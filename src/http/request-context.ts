import { AsyncLocalStorage } from 'node:async_hooks';

/** The framework's request and response that the current code runs for. */
export interface CurrentRequest {
  readonly request: object;
  readonly response: object;
}

const storage = new AsyncLocalStorage<CurrentRequest>();

/** The request that is being handled, with `http.requestContext`; `undefined` outside of one. */
export function currentRequest(): CurrentRequest | undefined {
  return storage.getStore();
}

/** Runs code, and all that it starts, for a request. */
export function runForRequest<T>(current: CurrentRequest, run: () => T): T {
  return storage.run(current, run);
}
