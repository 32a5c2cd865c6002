/**
 * Runs something for each item, and throws only then what failed: all at once, so that nobody has to start an app
 * again for each.
 *
 * @throws AggregateError whose message is those of all, or the one error there was.
 */
export function forEachOf<T>(items: Iterable<T>, run: (item: T) => void): void {
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      run(item);
    } catch (error) {
      errors.push(...(error instanceof AggregateError ? error.errors : [error]));
    }
  }
  if (errors.length === 1) {
    throw errors[0];
  }
  if (errors.length > 1) {
    throw new AggregateError(errors, errors.map((error) => (error as Error).message).join('\n'));
  }
}
