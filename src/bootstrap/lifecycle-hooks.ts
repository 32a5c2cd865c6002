const LIFECYCLE_HOOKS: ReadonlySet<string | symbol> = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** Whether Nest calls a method of this name when an app starts or stops. */
export function isLifecycleHook(name: string | symbol): boolean {
  return LIFECYCLE_HOOKS.has(name);
}
