type Names = ReadonlySet<string | symbol>;

const LIFECYCLE_HOOKS: Names = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** Of WebSocket gateways. */
const GATEWAY_HOOKS: Names = new Set(['afterInit', 'handleConnection', 'handleDisconnect']);

/** What `@WebSocketGateway()` puts on a class: its package is not there in every app. */
const GATEWAY_METADATA = 'websockets:is_gateway';

/** Whether Nest calls a class's method of this name when an app starts or stops, or a gateway's clients come and go. */
export function isLifecycleHook(name: string | symbol, target: Function): boolean {
  return (
    LIFECYCLE_HOOKS.has(name) ||
    (GATEWAY_HOOKS.has(name) && Reflect.getMetadata(GATEWAY_METADATA, target) === true)
  );
}
