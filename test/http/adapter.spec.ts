import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { askV8 } from './ask-v8.js';
import { PLATFORMS, start, talk, type Platform } from './harness.js';

@Controller()
class HelloController {
  @Get('hello')
  hello(): string {
    return 'hello';
  }
}

class BareModule {}

const adapterFor = (platform: Platform): ExpressAdapter | FastifyAdapter =>
  platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();

const hello = 'GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe.each(PLATFORMS)("Nest's adapter for %s", (platform) => {
  it('keeps its own properties, as fast as they were, and gets its prototype back', async () => {
    const bare = adapterFor(platform);
    const bareApp = await NestFactory.create(BareModule, bare, { logger: false });
    await bareApp.listen(0, '127.0.0.1');
    const adapter = adapterFor(platform);
    const running = await start({ platform, controllers: [HelloController], adapter });
    expect(askV8('HasFastProperties', bare)).toBe(true);
    expect(askV8('HasFastProperties', adapter)).toBe(true);
    expect(Reflect.ownKeys(adapter)).toEqual(Reflect.ownKeys(bare));
    await running.close();
    await bareApp.close();
    expect(Object.getPrototypeOf(adapter)).toBe(Object.getPrototypeOf(bare));
  });

  it('keeps methods that the app puts on it, before and after', async () => {
    const adapter = adapterFor(platform);
    const calls: string[] = [];
    const wrap = (name: string): void => {
      const holder = adapter as unknown as Record<string, (...args: unknown[]) => unknown>;
      const original = holder['get'] as (...args: unknown[]) => unknown;
      holder['get'] = (...args) => {
        calls.push(name);
        return Reflect.apply(original, adapter, args);
      };
    };
    wrap('before the module');
    const running = await start({
      platform,
      controllers: [HelloController],
      adapter,
      onRoute: () => {
        if (!calls.includes('while routes are registered')) {
          calls.push('while routes are registered');
          wrap('on top');
        }
      },
    });
    await talk(running.port, hello);
    expect(await running.settled(1)).toEqual({ 'GET /hello 200': 1 });
    expect(calls).toEqual(['while routes are registered', 'before the module']);
    try {
      adapter.get('/later', () => 'later');
    } catch {
      // Fastify takes no routes once it listens.
    }
    expect(calls.slice(2)).toEqual(['on top', 'before the module']);
    await running.close();
  });
});
