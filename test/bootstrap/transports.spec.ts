import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { firstValueFrom } from 'rxjs';
import WebSocket from 'ws';
import { Counted, MetricsModule } from '../../src/index.js';
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
});
