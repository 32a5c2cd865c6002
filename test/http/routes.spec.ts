import { describe, expect, it } from '@jest/globals';
import {
  All,
  Controller,
  Get,
  Next,
  Post,
  RequestMethod,
  Res,
  UseGuards,
  VersioningType,
  type CanActivate,
  type INestApplication,
} from '@nestjs/common';
import type { RegisteredRoute } from '../../src/http/route-registration.js';
import { PLATFORMS, start, talk, type RunningApp, type StartOptions } from './harness.js';

class Refuse implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Controller({ path: 'users', version: '1' })
class UsersController {
  @Get(['list', 'all'])
  list(): string {
    return 'list';
  }

  @Get(':id/posts/:post')
  post(): string {
    return 'post';
  }

  @Get()
  @UseGuards(Refuse)
  index(): string {
    return 'index';
  }
}

@Controller('files')
class FilesController {
  @All('any')
  any(): string {
    return 'any';
  }

  @Get('*')
  wild(): string {
    return 'wild';
  }
}

@Controller()
class CarelessController {
  @Get('careless')
  careless(@Res() response: { send(body: string): void }, @Next() next?: () => void): void {
    response.send('answered');
    next?.();
  }
}

@Controller({ host: 'only.test', path: 'hosted' })
class HostedController {
  @Get()
  hosted(): string {
    return 'hosted';
  }
}

@Controller('base')
class Base {
  @Get('inherited')
  inherited(): string {
    return this.constructor.name;
  }
}

@Controller('one')
class One extends Base {}

@Controller('two')
class Two extends Base {
  override inherited(): string {
    return 'two';
  }
}
// An override has no route of its own unless it is told so.
Get('inherited')(
  Two.prototype,
  'inherited',
  Object.getOwnPropertyDescriptor(Two.prototype, 'inherited') as PropertyDescriptor,
);

async function withApp(options: StartOptions, run: (running: RunningApp) => Promise<void>): Promise<void> {
  const running = await start(options);
  try {
    await run(running);
  } finally {
    await running.close();
  }
}

async function visit(running: RunningApp, path: string, init?: RequestInit): Promise<number> {
  const response = await fetch(running.url + path, init);
  await response.arrayBuffer();
  return response.status;
}

describe.each(PLATFORMS)('the route of a request on %s', (platform) => {
  it('is the template with prefix and version', () =>
    withApp(
      {
        platform,
        controllers: [UsersController, FilesController],
        prepare: (app) => {
          app.setGlobalPrefix('api');
          app.enableVersioning({ type: VersioningType.URI });
        },
      },
      async (running) => {
        await visit(running, '/api/v1/users/7/posts/8?x=1');
        await visit(running, '/api/v1/users/list');
        await visit(running, '/api/v1/users/all');
        await visit(running, '/api/v1/users');
        await visit(running, '/api/v2/users/list');
        await visit(running, '/api/files/a');
        await visit(running, '/users/list');
        expect(await running.settled(7)).toEqual({
          'GET /api/v1/users/:id/posts/:post 200': 1,
          'GET /api/v1/users/list 200': 1,
          'GET /api/v1/users/all 200': 1,
          'GET /api/v1/users 403': 1,
          'GET /api/files/* 200': 1,
          'GET unmatched 404': 2,
        });
      },
    ));

  it('is that of the method on an @All() handler', () =>
    withApp({ platform, controllers: [FilesController] }, async (running) => {
      for (const method of ['GET', 'PUT', 'HEAD', 'OPTIONS']) {
        await visit(running, '/files/any', { method });
      }
      expect(await running.settled(4)).toEqual({
        'GET /files/any 200': 1,
        'PUT /files/any 200': 1,
        'HEAD /files/any 200': 1,
        'OPTIONS /files/any 200': 1,
      });
    }));

  it('is unmatched for a preflight that CORS answers, also where @All() would take it', () =>
    withApp(
      { platform, controllers: [FilesController], prepare: (app) => app.enableCors() },
      async (running) => {
        const headers = { origin: 'http://a.test', 'access-control-request-method': 'GET' };
        expect(await visit(running, '/files/any', { method: 'OPTIONS', headers })).toBe(204);
        expect(await visit(running, '/nothing', { method: 'OPTIONS', headers })).toBe(204);
        expect(await running.settled(2)).toEqual({ 'OPTIONS unmatched 204': 2 });
      },
    ));

  it.each([
    [
      'header',
      { type: VersioningType.HEADER, header: 'x-version' } as const,
      { 'x-version': '1' },
      { 'x-version': '2' },
    ],
    [
      'media type',
      { type: VersioningType.MEDIA_TYPE, key: 'v=' } as const,
      { accept: 'application/json;v=1' },
      { accept: 'application/json;v=2' },
    ],
    [
      'custom',
      { type: VersioningType.CUSTOM, extractor: (request: unknown) => versionOf(request) } as const,
      { 'x-version': '1' },
      { 'x-version': '2' },
    ],
  ])('is unmatched where the %s version is not there', (_kind, versioning, good, bad) =>
    withApp(
      {
        platform,
        controllers: [UsersController],
        prepare: (app) => {
          app.enableVersioning(versioning);
        },
      },
      async (running) => {
        for (const path of ['/users/list', '/users/all']) {
          expect(await visit(running, path, { headers: good })).toBe(200);
          expect(await visit(running, path, { headers: bad })).toBe(404);
        }
        expect(await running.settled(4)).toEqual({
          'GET /users/list 200': 1,
          'GET /users/all 200': 1,
          'GET unmatched 404': 2,
        });
      },
    ),
  );

  it('is that of the version which answered', () => {
    @Controller({ path: 'users', version: '2' })
    class NewUsersController {
      @Get('list')
      list(): string {
        return 'new';
      }
    }
    return withApp(
      {
        platform,
        controllers: [UsersController, NewUsersController],
        metrics: { http: { groupBy: 'handler' } },
        prepare: (app) => {
          app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' });
        },
      },
      async (running) => {
        await visit(running, '/users/list', { headers: { 'x-version': '1' } });
        await visit(running, '/users/list', { headers: { 'x-version': '2' } });
        expect(await running.settled(2)).toEqual({
          'GET UsersController.list 200': 1,
          'GET NewUsersController.list 200': 1,
        });
      },
    );
  });

  it('is unmatched where the host is another one', () =>
    withApp({ platform, controllers: [HostedController] }, async (running) => {
      expect(await visit(running, '/hosted')).toBe(404);
      const there = 'GET /hosted HTTP/1.1\r\nHost: only.test\r\nConnection: close\r\n\r\n';
      expect(await talk(running.port, there)).toContain('200 OK');
      expect(await running.settled(2)).toEqual({ 'GET unmatched 404': 1, 'GET /hosted 200': 1 });
    }));

  it('is unmatched where a parameter is empty', () =>
    withApp({ platform, controllers: [UsersController] }, async (running) => {
      expect(await visit(running, '/users//posts/8')).toBe(404);
      expect(await running.settled(1)).toEqual({ 'GET unmatched 404': 1 });
    }));

  it('is unmatched for what is no handler', () =>
    withApp(
      {
        platform,
        controllers: [],
        prepare: (app) => {
          app.getHttpAdapter().get('/plain', (_request: unknown, response: { send(body: string): void }) => {
            response.send('plain');
          });
        },
      },
      async (running) => {
        expect(await visit(running, '/plain')).toBe(200);
        expect(await running.settled(1)).toEqual({ 'GET unmatched 200': 1 });
      },
    ));

  it('is unmatched for middleware bound to a route, before one is found', () =>
    withApp(
      {
        platform,
        controllers: [],
        middleware: (consumer) => {
          consumer
            .apply((_request: unknown, _response: unknown, next: () => void) => {
              next();
            })
            .forRoutes({ path: 'bound', method: RequestMethod.GET })
            .apply((_request: unknown, response: { end(body: string): void }) => {
              response.end('middleware');
            })
            .forRoutes({ path: 'answered', method: RequestMethod.ALL });
        },
      },
      async (running) => {
        expect(await visit(running, '/bound')).toBe(404);
        expect(await visit(running, '/answered')).toBe(200);
        expect(await running.settled(2)).toEqual({ 'GET unmatched 404': 1, 'GET unmatched 200': 1 });
      },
    ));

  it('is unmatched for middleware of the app that answers', () =>
    withApp(
      {
        platform,
        controllers: [],
        prepare: (app: INestApplication) => {
          app.use((request: { url: string }, response: { end(body: string): void }, next: () => void) => {
            if (request.url === '/early') {
              response.end('early');
            } else {
              next();
            }
          });
        },
      },
      async (running) => {
        expect(await visit(running, '/early')).toBe(200);
        expect(await running.settled(1)).toEqual({ 'GET unmatched 200': 1 });
      },
    ));

  it('is that of a handler which has answered and calls next() all the same', () =>
    withApp({ platform, controllers: [CarelessController] }, async (running) => {
      expect(await visit(running, '/careless')).toBe(200);
      expect(await running.settled(1)).toEqual({ 'GET /careless 200': 1 });
    }));

  it('and the raw path are found in the absolute form of a target too', async () => {
    for (const groupBy of ['route', 'path', 'url'] as const) {
      const metrics = { http: { groupBy, excludedPaths: '/hidden' } };
      await withApp({ platform, controllers: [FilesController], metrics }, async (running) => {
        for (const path of ['/files/any?x=1', '/hidden', '/metrics', '?x=1']) {
          const target = `http://a.test${path}`;
          await talk(running.port, `GET ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`);
        }
        expect(Object.keys(await running.settled(2))).toEqual(
          {
            route: ['GET /files/any 200', 'GET unmatched 404'],
            path: ['GET /files/any 200', 'GET / 404'],
            url: ['GET /files/any?x=1 200', 'GET /?x=1 404'],
          }[groupBy],
        );
      });
    }
  });

  it("is each concrete controller's own", () =>
    withApp(
      { platform, controllers: [One, Two], metrics: { http: { groupBy: 'handler' } } },
      async (running) => {
        await visit(running, '/two/inherited');
        expect(await running.settled(1)).toEqual({ 'GET Two.inherited 200': 1 });
      },
    ));

  it('is heard of when it is registered, and what hears it may stop the app', async () => {
    const heard: string[] = [];
    const onRoute = ({ method, path, handler }: RegisteredRoute): void => {
      heard.push(`${method} ${path} ${handler?.name ?? ''}`);
    };
    await withApp({ platform, controllers: [FilesController], onRoute }, async ({ app }) => {
      const adapter = app.getHttpAdapter();
      expect(Object.keys(adapter)).not.toContain('get');
      expect(adapter.get).toBe((Object.getPrototypeOf(adapter) as typeof adapter).get);
    });
    expect(heard).toContain('GET /files/* FilesController.wild');
    expect(heard).toContain('ALL /files/any FilesController.any');
    const stopped = start({
      platform,
      controllers: [FilesController],
      onRoute: () => {
        throw new Error('not here');
      },
    });
    await expect(stopped).rejects.toThrow('not here');
  });
});

function versionOf(request: unknown): string {
  return (request as { headers: Record<string, string> }).headers['x-version'] ?? '';
}

describe('the route of a request on Express', () => {
  it('is as each method has it, where Express gets the same of two', () => {
    @Controller('docs')
    class DocsController {
      @Get('*')
      read(): string {
        return 'read';
      }

      @Post('{*path}')
      write(): string {
        return 'written';
      }
    }
    return withApp({ platform: 'express', controllers: [DocsController] }, async (running) => {
      await visit(running, '/docs/a');
      await visit(running, '/docs/a', { method: 'POST' });
      expect(await running.settled(2)).toEqual({ 'GET /docs/* 200': 1, 'POST /docs/{*path} 201': 1 });
    });
  });
});
