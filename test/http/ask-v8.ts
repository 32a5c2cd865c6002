import { setFlagsFromString } from 'node:v8';

/** What one of V8's own functions says of objects, such as whether it keeps their properties by their shape. */
export function askV8(question: 'HasFastProperties' | 'HaveSameMap', ...objects: readonly object[]): boolean {
  setFlagsFromString('--allow-natives-syntax');
  const names = objects.map((_, i) => `o${i}`).join(', ');
  const ask = new Function(names, `return %${question}(${names})`) as (...all: readonly object[]) => boolean;
  return ask(...objects);
}
