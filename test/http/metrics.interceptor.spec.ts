import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import {
  ConflictException,
  Controller,
  Get,
  Param,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { currentRequest } from '../../src/http/request-context.js';
import { MetricsInterceptor } from '../../src/http/metrics.interceptor.js';
import { PLATFORMS, open, pause, start, type RunningApp, type StartOptions } from './harness.js';

class Refuse implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

/** Waits until the client has left. */
class Outlast implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<{ raw?: IncomingMessage } & IncomingMessage>();
    const { socket } = request.raw ?? request;
    if (!socket.destroyed) {
      await once(socket, 'close');
    }
    return true;
  }
}

@Controller()
class WorkController {
  @Get('outlasting')
  @UseGuards(Outlast)
  outlasting(): string {
    return 'too late';
  }

  @Get(['works/:id', 'jobs/:id'])
  work(@Param('id') id: string): string {
    return id;
  }

  @Get('conflict')
  conflict(): never {
    throw new ConflictException();
  }

  @Get('broken')
  broken(): never {
    throw new Error('broken');
  }

  @Get('secret')
  @UseGuards(Refuse)
  secret(): string {
    return 'never';
  }

  @Get('never')
  never(): Promise<never> {
    return new Promise(() => undefined);
  }

  @Get('context')
  context(): string {
    return String((currentRequest()?.request as { url?: string } | undefined)?.url);
  }

  @Get('metrics')
  metrics(): string {
    return 'scrape';
  }
}

/** Another framework's adapter, by name. */
class OtherAdapter extends ExpressAdapter {
  override getType(): string {
    return 'other';
  }
}

const EXPECTED = {
  'GET /works/:id 200': 1,
  'GET /jobs/:id 200': 1,
  'GET /conflict 409': 1,
  'GET /broken 500': 1,
};

async function visitAll(running: RunningApp): Promise<void> {
  for (const path of ['works/1', 'jobs/1', 'conflict', 'broken', 'secret', 'nothing', 'metrics']) {
    await (await fetch(`${running.url}/${path}`)).text();
  }
}

const bindAgain: StartOptions['prepare'] = (app) => {
  app.useGlobalInterceptors(app.get(MetricsInterceptor));
};

describe.each(PLATFORMS)('the interceptor on %s', (platform) => {
  const common: StartOptions = {
    platform,
    controllers: [WorkController],
    endpoint: ['WorkController.metrics'],
    metrics: { http: { via: 'interceptor' } },
  };

  it('counts what reaches a handler', async () => {
    const running = await start(common);
    await visitAll(running);
    expect(await running.settled(4)).toEqual(EXPECTED);
    expect(await running.counts('http_request_exceptions_total')).toEqual({ 'GET /broken 500': 1 });
    expect(await running.inProgress()).toBe(0);
    await running.close();
  });

  it('knows clients that leave', async () => {
    const running = await start(common);
    const socket = await open(running.port, 'GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
    while ((await running.inProgress()) === 0) {
      await pause(1);
    }
    socket.destroy();
    expect(await running.settled(1)).toEqual({ 'GET /never 499': 1 });
    await running.close();
  });

  it('knows clients that left while a guard was at work', async () => {
    const running = await start(common);
    const socket = await open(running.port, 'GET /outlasting HTTP/1.1\r\nHost: a\r\n\r\n');
    await pause(5);
    socket.destroy();
    expect(await running.settled(1)).toEqual({ 'GET /outlasting 499': 1 });
    expect(await running.inProgress()).toBe(0);
    await running.close();
  });

  it('counts once where the app binds it too', async () => {
    const running = await start({ ...common, prepare: bindAgain });
    await visitAll(running);
    expect(await running.settled(4)).toEqual(EXPECTED);
    await running.close();
  });

  it("leaves the counting to the adapter's seam", async () => {
    const running = await start({ ...common, metrics: {}, prepare: bindAgain });
    await visitAll(running);
    expect(await running.settled(6)).toEqual({ ...EXPECTED, 'GET /secret 403': 1, 'GET unmatched 404': 1 });
    await running.close();
  });

  it('measures nothing with http: false', async () => {
    const running = await start({ ...common, metrics: { http: false }, prepare: bindAgain });
    await visitAll(running);
    expect(running.registry.getSingleMetric('http_requests_total')).toBeUndefined();
    await running.close();
  });

  it('keeps the request for what runs in the handler', async () => {
    const running = await start({
      ...common,
      metrics: { http: { via: 'interceptor', requestContext: true } },
    });
    expect(await (await fetch(`${running.url}/context`)).text()).toBe('/context');
    await running.close();
  });
});

describe('another adapter', () => {
  const common: StartOptions = {
    platform: 'express',
    controllers: [WorkController],
    endpoint: ['WorkController.metrics'],
  };

  it('takes the metrics in the interceptor', async () => {
    const running = await start({ ...common, adapter: new OtherAdapter() });
    await visitAll(running);
    expect(await running.settled(4)).toEqual(EXPECTED);
    await running.close();
  });

  it('can not take them at the adapter, and says so', async () => {
    const refused = start({
      ...common,
      adapter: new OtherAdapter(),
      metrics: { http: { via: 'adapter' } },
    });
    await expect(refused).rejects.toThrow(/"http\.via".*"other"/);
  });
});
