import {
  Controller,
  Get,
  Injectable,
  Module,
  SetMetadata,
  UseGuards,
  createParamDecorator,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ExternalContextCreator, NestFactory, Reflector } from '@nestjs/core';
import { ClientProxyFactory, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { firstValueFrom, lastValueFrom, of, toArray, type Observable } from 'rxjs';
import WebSocket from 'ws';
import { Counted, Gauged, MetricsModule, Timed } from '../../src/index.js';
import { closeApps, startApp, valueIn } from '../support/metrics-app.js';

const Calls = Counted('calls', {
  labels: { where: (c) => `${c.className}.${c.methodName}`, args: (c) => c.args.length },
});

afterEach(closeApps);

describe('decorated methods that no HTTP request reaches', () => {
  it('are recorded in gateways', async () => {
    @WebSocketGateway()
    class Chat {
      @SubscribeMessage('say')
      @Calls
      say(_client: unknown, data: string): { event: string; data: string } {
        return { event: 'said', data };
      }
    }
    const app = await startApp({
      providers: [Chat],
      prepare: (nest) => void nest.useWebSocketAdapter(new WsAdapter(nest)),
    });
    const socket = new WebSocket(app.url.replace('http', 'ws'));
    await new Promise((resolve) => socket.once('open', resolve));
    const said = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
    socket.send(JSON.stringify({ event: 'say', data: 'hi' }));
    expect(await said).toBe('{"event":"said","data":"hi"}');
    socket.close();
    expect(await app.value('calls_total', { where: 'Chat.say' })).toBe(1);
  });

  it('are no hooks of a gateway where its class is decorated, as they are of no other class', async () => {
    const hooks = ['afterInit', 'handleConnection', 'handleDisconnect'] as const;
    const hooked: string[] = [];
    class Hooks {
      afterInit(): void {
        hooked.push('afterInit');
      }
      handleConnection(): void {
        hooked.push('handleConnection');
      }
      handleDisconnect(): void {
        hooked.push('handleDisconnect');
      }
    }
    @Counted()
    @WebSocketGateway()
    class Chat extends Hooks {
      @SubscribeMessage('say') say(): string {
        return 'said';
      }
      override handleConnection(): void {
        super.handleConnection();
      }
    }
    @Counted()
    class Lookalike extends Hooks {}
    @Counted('inherited', { labels: { method: (c) => c.methodName } })
    class Base extends Hooks {
      override handleConnection(): void {
        super.handleConnection();
      }
      other(): void {}
    }
    @WebSocketGateway({ path: '/inheriting' })
    class Inheriting extends Base {}
    const app = await startApp({
      providers: [Chat, Lookalike, Base, Inheriting],
      prepare: (nest) => void nest.useWebSocketAdapter(new WsAdapter(nest)),
    });
    const socket = new WebSocket(app.url.replace('http', 'ws'));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.close();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(hooked).toEqual(expect.arrayContaining(['afterInit', 'handleConnection']));
    const success = { outcome: 'success' };
    for (const method of hooks) {
      app.get<Lookalike>(Lookalike)[method]();
      expect(await app.value('method_calls_total', { class: 'Chat', method, ...success })).toBeUndefined();
      expect(await app.value('method_calls_total', { class: 'Lookalike', method, ...success })).toBe(1);
    }
    expect(await app.value('method_calls_total', { class: 'Chat', method: 'say', ...success })).toBe(0);
    const inheriting = app.get<Inheriting>(Inheriting);
    inheriting.handleConnection();
    inheriting.other();
    expect(await app.value('inherited_total', { method: 'handleConnection' })).toBeUndefined();
    expect(await app.value('inherited_total', { method: 'other' })).toBe(1);
    app.get<Base>(Base).handleConnection();
    expect(await app.value('inherited_total', { method: 'handleConnection' })).toBe(1);
  });

  it('are recorded in microservices', async () => {
    @Controller()
    class Sums {
      @MessagePattern('sum')
      @Calls
      sum(numbers: number[]): number {
        return numbers.reduce((a, b) => a + b);
      }
    }
    const registry = new Registry();
    @Module({ imports: [MetricsModule.forRoot({ registry, processMetrics: false })], controllers: [Sums] })
    class App {}
    const options = { host: '127.0.0.1', port: 31_873 };
    const app = await NestFactory.createMicroservice(App, {
      transport: Transport.TCP,
      options,
      logger: false,
    });
    await app.listen();
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
    expect(await firstValueFrom(client.send<number>('sum', [1, 2, 3]))).toBe(6);
    client.close();
    await app.close();
    expect(await valueIn(registry, 'calls_total', { where: 'Sums.sum' })).toBe(1);
  });

  it('are recorded in a hybrid app: messages, events and requests of one controller', async () => {
    const events: unknown[] = [];
    @Controller()
    class Mixed {
      @Counted('asked', { labels: { status: (c) => c.status, method: (c) => c.methodName } })
      @Get('asked')
      asked(): string {
        return 'asked';
      }
      @MessagePattern('numbers') @Counted() @Gauged() numbers(@Payload() from: number): Observable<number> {
        return of(from, from + 1);
      }
      @Timed('refused_seconds') @MessagePattern('refused') @Counted() async refused(): Promise<never> {
        throw new Error('refused');
      }
      @EventPattern('told') @Counted() told(@Payload() event: unknown): void {
        events.push(event);
      }
    }
    const microservice = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 31_874 } } as const;
    const app = await startApp({
      controllers: [Mixed],
      prepare: async (nest) => {
        nest.connectMicroservice(microservice);
        await nest.startAllMicroservices();
      },
    });
    const client = ClientProxyFactory.create(microservice);
    expect(await lastValueFrom(client.send<number>('numbers', 1).pipe(toArray()))).toEqual([1, 2]);
    await expect(firstValueFrom(client.send('refused', {}))).rejects.toBeDefined();
    await lastValueFrom(client.emit('told', { a: 1 }), { defaultValue: undefined });
    // A message is answered after the event before it was handled.
    await lastValueFrom(client.send<number>('numbers', 1));
    client.close();
    expect(events).toEqual([{ a: 1 }]);
    expect((await app.request('/asked')).body).toBe('asked');
    const calls = (method: string, outcome: string) =>
      app.value('method_calls_total', { class: 'Mixed', method, outcome });
    expect([await calls('numbers', 'success'), await calls('refused', 'error')]).toEqual([2, 1]);
    expect([await calls('told', 'success'), await app.value('refused_seconds_count')]).toEqual([1, 1]);
    expect(await app.value('method_in_progress', { method: 'numbers' })).toBe(0);
    expect(await app.value('asked_total', { status: '200', method: 'asked' })).toBe(1);
  });

  it('are recorded in resolvers, which @nestjs/graphql calls through the ExternalContextCreator', async () => {
    const order: string[] = [];
    @Injectable()
    class RoleGuard implements CanActivate {
      constructor(private readonly reflector: Reflector) {}
      canActivate(context: ExecutionContext): boolean {
        const handler = context.getHandler();
        order.push(`guard ${this.reflector.get<string>('role', handler)} ${handler.name}`);
        return context.getArgs<unknown[]>()[1] !== 'nobody';
      }
    }
    const Id = createParamDecorator((_data: unknown, context: ExecutionContext) => context.getArgs()[1]);
    @Injectable()
    class Users {
      @SetMetadata('role', 'reader')
      @UseGuards(RoleGuard)
      @Calls
      @Timed()
      async user(@Id() id: string): Promise<{ id: string }> {
        order.push(`resolve ${id}`);
        return { id };
      }
    }
    const app = await startApp({ providers: [Users, RoleGuard] });
    const users = app.get<Users>(Users);
    const resolve = app
      .get<ExternalContextCreator>(ExternalContextCreator)
      .create(users, users.user as (...args: unknown[]) => unknown, 'user', ROUTE_ARGS_METADATA, {
        exchangeKeyForValue: (_type, _data, args: unknown[]) => args[1],
      }) as (...args: unknown[]) => Promise<unknown>;
    expect(await resolve({}, 'ann', {}, {})).toEqual({ id: 'ann' });
    await expect(resolve({}, 'nobody', {}, {})).rejects.toThrow('Forbidden');
    expect(order).toEqual(['guard reader user', 'resolve ann', 'guard reader user']);
    expect(await app.value('calls_total', { where: 'Users.user', args: '1' })).toBe(1);
    expect(await app.value('method_duration_seconds_count', { class: 'Users', outcome: 'success' })).toBe(1);
  });
});
