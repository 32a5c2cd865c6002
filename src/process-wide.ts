const KEY = Symbol.for('nestjs-prometheus-exporter:1');

/**
 * State that there must be once in a process, even where it has loaded both the ESM and the CommonJS
 * build of this package.
 */
export function processWide<T>(name: string, make: () => T): T {
  const holder = globalThis as { [KEY]?: Map<string, unknown> };
  const states = (holder[KEY] ??= new Map());
  if (!states.has(name)) {
    states.set(name, make());
  }
  return states.get(name) as T;
}
