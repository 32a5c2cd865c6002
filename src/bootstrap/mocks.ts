interface Double {
  /** Jest's and Vitest's mocks and spies. */
  readonly _isMockFunction?: unknown;
  /** Sinon's. */
  readonly isSinonProxy?: unknown;
}

/** Whether a test has put it in the place of a method, and may take it away again. */
export function isMock(method: unknown): boolean {
  if (typeof method !== 'function') {
    return false;
  }
  const { _isMockFunction, isSinonProxy } = method as Double;
  return _isMockFunction === true || isSinonProxy === true;
}
