import { afterEach, describe, expect, it } from '@jest/globals';
import {
  All,
  Catch,
  Controller,
  ForbiddenException,
  Get,
  Head,
  Inject,
  Injectable,
  Module,
  Post,
  RequestMethod,
  SetMetadata,
  UseGuards,
  VERSION_NEUTRAL,
  VersioningType,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, Reflector, RouterModule } from '@nestjs/core';
import type { Application, Response } from 'express';
import {
  EXPOSITION,
  PLATFORMS,
  ask,
  closeAll,
  lateMetricsModule,
  metricsModule,
  start,
  type Platform,
} from './harness.js';

afterEach(closeAll);

const SCRAPE = {
  status: 200,
  body: EXPOSITION,
  headers: { 'content-type': expect.stringMatching(/^text\/plain; version=0/) },
};

/** Fastify has another word for the rest of a path. */
const REST = { express: '*splat', fastify: '*' };

function catchAll(platform: Platform, method: (path: string) => MethodDecorator): Type {
  @Controller()
  class CatchAllController {
    @method(REST[platform])
    rest(): string {
      return 'caught';
    }
  }
  return CatchAllController;
}

@Controller()
class ParamController {
  @Head(':anything')
  head(): void {}

  @Get(':anything')
  rest(): string {
    return 'caught';
  }
}

@Controller({ path: 'users', version: '1' })
class UsersController {
  @Get()
  find(): string {
    return 'users';
  }
}

/** At the endpoint's path, but below a prefix or a version. */
@Controller('metrics')
class OwnController {
  @Get()
  find(): string {
    return 'own';
  }
}

describe.each(PLATFORMS)('the endpoint on %s', (platform) => {
  it('answers GET and HEAD at its path, and nothing else', async () => {
    const { port } = await start(platform, { imports: [metricsModule()] });

    expect(await ask(port)).toMatchObject(SCRAPE);
    expect(await ask(port, '/metrics?name[]=up')).toMatchObject(SCRAPE);
    expect(await ask(port, '/metrics', { method: 'HEAD' })).toMatchObject({ ...SCRAPE, body: '' });
    expect(await ask(port, '/metrics', { headers: { 'Accept-Encoding': 'gzip' } })).toMatchObject({
      ...SCRAPE,
      headers: { 'content-encoding': 'gzip' },
    });
    expect((await ask(port, '/metrics', { method: 'POST' })).status).toBe(404);
    expect((await ask(port, '/other')).status).toBe(404);
  });

  it.each(['/metrics/', '/Metrics', '/METRICS?x', '//metrics'])('leaves %s to the app', async (path) => {
    const none = await start(platform, { imports: [metricsModule()] });
    const controllers = [catchAll(platform, Get)];
    const rest = await start(platform, { imports: [metricsModule()], controllers });

    expect((await ask(none.port, path)).status).toBe(404);
    expect(await ask(rest.port, path)).toMatchObject({ status: 200, body: 'caught' });
    expect(await ask(rest.port)).toMatchObject(SCRAPE);
  });

  it('answers at a path with a slash at its end', async () => {
    const plain = await start(platform, { imports: [metricsModule({ path: '/slashed/' })] });
    const prefixed = await start(
      platform,
      { imports: [metricsModule({ path: '/slashed/', followGlobalPrefix: true })] },
      (app) => app.setGlobalPrefix('api'),
    );

    expect(await ask(plain.port, '/slashed/')).toMatchObject(SCRAPE);
    expect((await ask(plain.port, '/slashed')).status).toBe(404);
    expect(await ask(prefixed.port, '/api/slashed/')).toMatchObject(SCRAPE);
    expect((await ask(prefixed.port, '/api/slashed')).status).toBe(404);
    const root = await start(
      platform,
      { imports: [metricsModule({ path: '/', followGlobalPrefix: true })] },
      (app) => app.setGlobalPrefix('api'),
    );
    expect(await ask(root.port, '/api')).toMatchObject(SCRAPE);
  });

  it('answers at another path', async () => {
    const { port } = await start(platform, { imports: [metricsModule({ path: '/internal/m.e-t_rics' })] });

    expect(await ask(port, '/internal/m.e-t_rics')).toMatchObject(SCRAPE);
    expect((await ask(port)).status).toBe(404);
  });

  it('answers at the path that a factory gives, or not at all', async () => {
    const late = await start(platform, { imports: [lateMetricsModule({ path: '/late' })] });
    const none = await start(platform, { imports: [lateMetricsModule(false)] });
    const same = await start(platform, { imports: [lateMetricsModule({})] });

    expect(await ask(late.port, '/late')).toMatchObject(SCRAPE);
    expect((await ask(late.port)).status).toBe(404);
    expect((await ask(none.port)).status).toBe(404);
    expect(await ask(same.port)).toMatchObject(SCRAPE);
  });

  it.each<[string, Type]>([
    ["@All('*splat')", catchAll(platform, All)],
    ["@Get('*splat')", catchAll(platform, Get)],
    ["@Get(':anything')", ParamController],
  ])('comes before %s', async (_, controller) => {
    const { port } = await start(platform, { imports: [metricsModule()], controllers: [controller] });

    expect(await ask(port)).toMatchObject(SCRAPE);
    expect(await ask(port, '/metrics', { method: 'HEAD' })).toMatchObject({ ...SCRAPE, body: '' });
    expect(await ask(port, '/other')).toMatchObject({ body: 'caught' });
  });

  const versionings: [string, Parameters<INestApplication['enableVersioning']>[0], Record<string, string>][] =
    [
      ['URI', { type: VersioningType.URI }, {}],
      ['header', { type: VersioningType.HEADER, header: 'X-Version' }, { 'X-Version': '1' }],
      ['media type', { type: VersioningType.MEDIA_TYPE, key: 'v=' }, { Accept: 'application/json;v=1' }],
      [
        'custom',
        {
          type: VersioningType.CUSTOM,
          extractor: (request) => (request as { headers: Record<string, string> }).headers['x-v'] ?? '',
        },
        { 'X-V': '1' },
      ],
    ];
  const prefixes: [string, (app: INestApplication) => unknown, string][] = [
    ['no prefix', () => {}, ''],
    ['a prefix', (app) => app.setGlobalPrefix('api'), '/api'],
    [
      'a prefix with exclusions',
      (app) => app.setGlobalPrefix('/a/b/', { exclude: ['health', 'metrics/{*rest}'] }),
      '/a/b',
    ],
  ];
  it.each(
    versionings.flatMap(([name, versioning, headers]) =>
      [undefined, ['1', VERSION_NEUTRAL] as [string, typeof VERSION_NEUTRAL]].flatMap((defaultVersion) =>
        prefixes.map(([prefix, prepare, at]) => ({
          name,
          versioning,
          headers,
          defaultVersion,
          prefix,
          prepare,
          at,
        })),
      ),
    ),
  )('stays where it is with $name versioning, default $defaultVersion, and $prefix', async (combination) => {
    const { name, versioning, headers, defaultVersion, prepare, at } = combination;
    const { port } = await start(
      platform,
      { imports: [metricsModule()], controllers: [UsersController] },
      async (app) => {
        app.enableVersioning({ ...versioning, defaultVersion } as typeof versioning);
        await prepare(app);
      },
    );

    expect(await ask(port)).toMatchObject(SCRAPE);
    expect(await ask(port, '/metrics', { headers })).toMatchObject(SCRAPE);
    expect((await ask(port, `${at}/v1/metrics`)).status).toBe(404);
    expect(await ask(port, `${at}${name === 'URI' ? '/v1' : ''}/users`, { headers })).toMatchObject({
      body: 'users',
    });
  });

  it("leaves the app's own GET metrics below the prefix, whatever that is excluded from", async () => {
    const { port } = await start(
      platform,
      { imports: [metricsModule()], controllers: [OwnController] },
      (app) => app.setGlobalPrefix('api', { exclude: ['health'] }),
    );

    expect(await ask(port)).toMatchObject(SCRAPE);
    expect(await ask(port, '/api/metrics')).toMatchObject({ body: 'own' });
  });

  it("leaves the app's own GET metrics below a version or a module's path", async () => {
    @Module({ controllers: [OwnController] })
    class AdminModule {}
    const { port } = await start(
      platform,
      {
        imports: [
          metricsModule(),
          AdminModule,
          RouterModule.register([{ path: 'admin', module: AdminModule }]),
        ],
      },
      (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' }),
    );

    expect(await ask(port)).toMatchObject(SCRAPE);
    expect(await ask(port, '/v2/admin/metrics')).toMatchObject({ body: 'own' });
  });

  it('goes below the prefix with followGlobalPrefix', async () => {
    const { port } = await start(
      platform,
      { imports: [metricsModule({ followGlobalPrefix: true })] },
      (app) => app.setGlobalPrefix('api'),
    );

    expect(await ask(port, '/api/metrics')).toMatchObject(SCRAPE);
    expect((await ask(port)).status).toBe(404);
  });

  it.each<[string, (controller: object) => void, string]>(
    [
      ['GET', Get, 'OwnController'],
      ['ALL', All, 'OwnController'],
      ['HEAD', Head, 'OwnController'],
      ['POST', Post, 'OwnController'],
    ].map(([name, method]) => [name as string, method as (controller: object) => void, 'x']),
  )('stops an app with an own %s route at the path', async (_, method) => {
    class Mine {
      scrape(): string {
        return 'mine';
      }
    }
    const route = method as unknown as () => MethodDecorator;
    route()(
      Mine.prototype,
      'scrape',
      Object.getOwnPropertyDescriptor(Mine.prototype, 'scrape') as PropertyDescriptor,
    );
    Controller('metrics')(Mine);

    await expect(start(platform, { imports: [metricsModule()], controllers: [Mine] })).rejects.toThrow(
      /"\/metrics".*Mine\.scrape.*"endpoint\.path"/,
    );
  });

  it('stops an app with an own route below the prefix that it follows', async () => {
    await expect(
      start(
        platform,
        { imports: [metricsModule({ followGlobalPrefix: true })], controllers: [OwnController] },
        (app) => app.setGlobalPrefix('/api/'),
      ),
    ).rejects.toThrow(/"\/api\/metrics".*"endpoint\.path"/);
  });

  it.each(['get', 'post'] as const)(
    'stops an app with a route of the adapter at the path (%s)',
    async (method) => {
      await expect(
        start(platform, { imports: [metricsModule()] }, (app) => {
          app.getHttpAdapter()[method]('/metrics', () => {});
        }),
      ).rejects.toThrow('"endpoint.path"');
    },
  );

  describe('where it is excepted from the prefix that it follows', () => {
    const following = () => metricsModule({ followGlobalPrefix: true });
    type Exclusions = NonNullable<Parameters<INestApplication['setGlobalPrefix']>[1]>['exclude'];
    const except = (exclude: Exclusions) => (app: INestApplication) =>
      app.setGlobalPrefix('api', { exclude: exclude ?? [] });

    it("leaves the path below the prefix to the app's own", async () => {
      @Controller('metrics')
      class Posts {
        @Post()
        post(): string {
          return 'own';
        }
      }
      const exclude = [{ path: 'metrics', method: RequestMethod.GET }];
      const { port } = await start(
        platform,
        { imports: [following()], controllers: [Posts] },
        except(exclude),
      );

      expect(await ask(port)).toMatchObject(SCRAPE);
      expect(await ask(port, '/api/metrics', { method: 'POST' })).toMatchObject({ body: 'own' });
    });

    it('stops an app with an own route where it is', async () => {
      const started = start(
        platform,
        { imports: [following()], controllers: [OwnController] },
        except(['metrics']),
      );

      await expect(started).rejects.toThrow(/"\/metrics".*"endpoint\.path"/);
    });

    it('comes before a page of the adapter for every path', async () => {
      const { port } = await start(platform, { imports: [following()] }, (app) => {
        except(['metrics'])(app);
        const adapter = app.getHttpAdapter();
        adapter.get(platform === 'express' ? '/*all' : '/*', (_request: unknown, response: object) =>
          adapter.reply(response, 'page', 200),
        );
      });

      expect(await ask(port)).toMatchObject(SCRAPE);
      expect(await ask(port, '/api/metrics')).toMatchObject({ body: 'page' });
    });
  });

  it('comes before a catch-all route of the adapter, which keeps all other requests', async () => {
    const all = platform === 'express' ? '/*all' : '/*';
    const { port } = await start(platform, { imports: [metricsModule()] }, (app) => {
      const adapter = app.getHttpAdapter();
      adapter.get(all, (_request: unknown, response: object) => adapter.reply(response, 'page', 200));
    });

    expect(await ask(port)).toMatchObject(SCRAPE);
    expect((await ask(port, '/metrics', { method: 'HEAD' })).status).toBe(200);
    expect(await ask(port, '/metrics2')).toMatchObject({ body: 'page' });
    expect(await ask(port, '/any/metrics')).toMatchObject({ body: 'page' });
  });

  it('leaves what the adapter has for all methods to refuse scrapes, as it does other requests', async () => {
    const all = platform === 'express' ? '/*all' : '/*';
    const { port } = await start(platform, { imports: [metricsModule({ path: '/metrics/' })] }, (app) => {
      const adapter = app.getHttpAdapter();
      const page = (_request: unknown, response: object): unknown => adapter.reply(response, 'page', 200);
      const refuse = (_request: unknown, response: object): unknown => adapter.reply(response, 'no', 401);
      if (platform === 'express') {
        adapter.get('/{*all}', page);
        adapter.all(all, refuse);
      } else {
        adapter.get(all, page);
      }
    });

    const scrape = platform === 'express' ? { status: 401, body: 'no' } : SCRAPE;
    expect(await ask(port, '/metrics/')).toMatchObject(scrape);
    expect(await ask(port, '/metrics2')).toMatchObject({ body: 'page' });
  });

  it('goes below a prefix with a parameter', async () => {
    const { port } = await start(
      platform,
      { imports: [metricsModule({ followGlobalPrefix: true })] },
      (app) => app.setGlobalPrefix('api/:tenant'),
    );

    expect(await ask(port, '/api/one/metrics')).toMatchObject(SCRAPE);
    expect((await ask(port, '/api/one/metrics/')).status).toBe(404);
    expect((await ask(port, '/api/one/Metrics')).status).toBe(404);
    expect((await ask(port)).status).toBe(404);
  });

  it.each(['before', 'after'])(
    'works with routes sorted by specificity and conflicts forbidden, a catch-all declared %s it',
    async (place) => {
      @Module({ controllers: [catchAll(platform, All)] })
      class Fallback {}
      const imports = place === 'before' ? [Fallback, metricsModule()] : [metricsModule(), Fallback];
      const { port } = await start(platform, { imports }, () => {}, {
        routeResolutionStrategy: 'specificity',
        routeConflictPolicy: { duplicate: 'error', shadow: 'error' },
      });

      expect(await ask(port)).toMatchObject(SCRAPE);
      expect(await ask(port, '/other')).toMatchObject({ body: 'caught' });
    },
  );

  it('stops an app with an own route at the path also where Nest looks for conflicts', async () => {
    const started = start(platform, { imports: [metricsModule()], controllers: [OwnController] }, () => {}, {
      routeResolutionStrategy: 'specificity',
      routeConflictPolicy: { duplicate: 'warn' },
    });

    await expect(started).rejects.toThrow('"endpoint.path"');
  });

  it('is in no conflict with a route that has a parameter', async () => {
    @Controller()
    class Pages {
      @Get(':page')
      page(): string {
        return 'page';
      }
    }
    const { port } = await start(platform, { imports: [metricsModule()], controllers: [Pages] }, () => {}, {
      routeConflictPolicy: { duplicate: 'error', shadow: 'error' },
    });

    expect(await ask(port)).toMatchObject(SCRAPE);
    expect(await ask(port, '/home')).toMatchObject({ body: 'page' });
  });
});

describe('the endpoint beside routes that were put on Express', () => {
  const page = (_request: unknown, response: Response): void => void response.send('page');
  const onExpress =
    (put: (express: Application) => unknown, prefix = '') =>
    (app: INestApplication) => {
      app.setGlobalPrefix(prefix);
      put(app.getHttpAdapter().getInstance() as Application);
    };

  it.each([[['/other', '/metrics']], ['/metrics/'], ['/Metrics']])(
    'stops an app with one at its path (%j)',
    async (path) => {
      const prepare = onExpress((express) => express.get(path, page));
      const started = start('express', { imports: [metricsModule()] }, prepare);

      await expect(started).rejects.toThrow('"endpoint.path"');
    },
  );

  it.each([[/^\/(metrics|admin)/], ['/:first'], ['/metrics{*rest}']])(
    'leaves what is there for some paths to refuse scrapes, and says so (%s)',
    async (pattern) => {
      const warned: unknown[] = [];
      const logger = { log() {}, error() {}, warn: (message: unknown) => warned.push(message) };
      const refuse = (_request: unknown, response: Response): void => void response.status(401).send('no');
      const prepare = onExpress((express) => express.get(pattern, refuse));
      const { port } = await start('express', { imports: [metricsModule()] }, prepare, { logger });

      expect(await ask(port)).toMatchObject({ status: 401, body: 'no' });
      expect(warned).toEqual([
        `The route ${pattern} of the HTTP adapter gets the requests for /metrics first`,
      ]);
    },
  );

  it.each<[string, (express: Application) => unknown]>([
    ['of a pattern', (express) => express.get(/^\/(?!(api|page)).*$/, page)],
    ['of two methods', (express) => express.route('/{*all}').get(page).post(page)],
  ])('comes before a page for every path (%s)', async (_what, put) => {
    const { port } = await start('express', { imports: [metricsModule()] }, onExpress(put));

    expect(await ask(port)).toMatchObject(SCRAPE);
    expect(await ask(port, '/other')).toMatchObject({ body: 'page' });
  });

  it('comes before a page for every path below the prefix that it follows', async () => {
    const { port } = await start(
      'express',
      { imports: [metricsModule({ followGlobalPrefix: true })] },
      onExpress((express) => express.get('/api/{*all}', page), 'api'),
    );

    expect(await ask(port, '/api/metrics')).toMatchObject(SCRAPE);
    expect(await ask(port, '/api/other')).toMatchObject({ body: 'page' });
  });
});

const IS_PUBLIC = 'isPublic';
const Public = (): ClassDecorator => SetMetadata(IS_PUBLIC, true);

@Injectable()
class AuthGuard implements CanActivate {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    return (
      this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()]) ===
      true
    );
  }
}

@Injectable()
class Vault {
  readonly admits = false;
}

@Module({ providers: [Vault], exports: [Vault] })
class VaultModule {}

@Injectable()
class VaultGuard implements CanActivate {
  constructor(@Inject(Vault) private readonly vault: Vault) {}

  async canActivate(): Promise<boolean> {
    return this.vault.admits;
  }
}

@Injectable()
class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException('not for you');
  }
}

/** Nothing of the metrics. */
const REFUSED = /^\{"(?!.*gauge)/;

interface Sender {
  send(body: string): void;
}

describe.each<Platform>(PLATFORMS)('guards and middleware on %s', (platform) => {
  it('refuses for a global guard that was not told to let it through, and admits with Public()', async () => {
    const providers = [{ provide: APP_GUARD, useClass: AuthGuard }];
    const closed = await start(platform, { imports: [metricsModule()], providers });
    const open = await start(platform, { imports: [metricsModule({ decorators: [Public()] })], providers });

    expect(await ask(closed.port)).toMatchObject({ status: 403, body: expect.stringMatching(REFUSED) });
    expect(await ask(closed.port, '/metrics', { method: 'HEAD' })).toMatchObject({ status: 403 });
    expect(await ask(open.port)).toMatchObject(SCRAPE);
  });

  it('refuses for a guard in endpoint.decorators, with and without dependencies', async () => {
    for (const guard of [VaultGuard, RefusingGuard, { canActivate: () => false }]) {
      const imports = guard === VaultGuard ? [VaultModule] : [];
      const { port } = await start(platform, {
        imports: [metricsModule({ decorators: [UseGuards(guard)], imports })],
      });

      expect(await ask(port)).toMatchObject({ status: 403, body: expect.stringMatching(REFUSED) });
    }
  });

  it("leaves the refusal to the app's filters", async () => {
    @Catch(ForbiddenException)
    class TeapotFilter implements ExceptionFilter {
      catch(_: unknown, host: ArgumentsHost): void {
        host.switchToHttp().getResponse<{ status(code: number): Sender }>().status(418).send('teapot');
      }
    }
    const { port } = await start(
      platform,
      { imports: [metricsModule({ decorators: [UseGuards(RefusingGuard)] })] },
      (app) => app.useGlobalFilters(new TeapotFilter()),
    );

    expect(await ask(port)).toMatchObject({ status: 418, body: 'teapot' });
  });

  it('refuses for a guard beside a factory', async () => {
    const { port } = await start(platform, { imports: [lateMetricsModule({}, [UseGuards(RefusingGuard)])] });

    expect(await ask(port)).toMatchObject({ status: 403, body: expect.stringContaining('not for you') });
  });
});
