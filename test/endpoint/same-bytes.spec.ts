import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Catch,
  ClassSerializerInterceptor,
  Inject,
  Injectable,
  Module,
  Scope,
  UseGuards,
  UseInterceptors,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type MiddlewareConsumer,
  type ModuleMetadata,
  type NestInterceptor,
  type NestModule,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, REQUEST, Reflector } from '@nestjs/core';
import compression from 'compression';
import helmet from 'helmet';
import { EMPTY, NEVER, map, of, type Observable } from 'rxjs';
import {
  EXPOSITION,
  PLATFORMS,
  ask,
  chunksOf,
  closeAll,
  metricsModule,
  sourceOf,
  start,
  type Platform,
} from './harness.js';

afterEach(closeAll);

type Next = () => void;
interface Response {
  setHeader(name: string, value: string): void;
}

const interceptor = (intercept: (next: CallHandler) => Observable<unknown>): NestInterceptor => ({
  intercept: (_, next) => intercept(next),
});

let ran: string[] = [];

@Injectable({ scope: Scope.REQUEST })
class ScopedInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    ran.push('scoped interceptor');
    return next.handle().pipe(map(() => 'wrapped'));
  }
}

@Injectable({ scope: Scope.REQUEST })
class ScopedGuard implements CanActivate {
  constructor(@Inject(REQUEST) private readonly request: { headers: Record<string, string> }) {}

  canActivate(): boolean {
    ran.push('scoped guard');
    return this.request.headers['x-badge'] === 'yes';
  }
}

@Injectable()
class AsyncGuard implements CanActivate {
  canActivate(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

@Catch()
class GreedyFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    ran.push('filter');
    const response = host
      .switchToHttp()
      .getResponse<{ status(code: number): { send(body: string): void } }>();
    response.status(418).send('filtered');
  }
}

const neverRun = (what: string): NestInterceptor =>
  interceptor((next) => {
    ran.push(what);
    return next.handle();
  });

function bound(bind: (consumer: MiddlewareConsumer) => unknown): ModuleMetadata {
  @Module({})
  class Bound implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      bind(consumer);
    }
  }
  return { imports: [metricsModule(), Bound] };
}

function closed(_: unknown, response: { statusCode: number; end(body: string): void }): void {
  response.statusCode = 407;
  response.end('closed');
}

describe.each<Platform>(PLATFORMS)('the same bytes on %s', (platform) => {
  const cases: [string, ModuleMetadata, (app: INestApplication) => unknown][] = [
    ['nothing else', {}, () => {}],
    ['a global guard that admits', { providers: [{ provide: APP_GUARD, useClass: AsyncGuard }] }, () => {}],
    [
      'an interceptor that wraps every body',
      {},
      (app) =>
        app.useGlobalInterceptors(interceptor((next) => next.handle().pipe(map((data) => ({ data }))))),
    ],
    [
      'an interceptor that answers by itself',
      {},
      (app) => app.useGlobalInterceptors(interceptor(() => of('mine'))),
    ],
    [
      'an interceptor that never calls next',
      {},
      (app) => app.useGlobalInterceptors(interceptor(() => NEVER)),
    ],
    ['an interceptor that gives nothing', {}, (app) => app.useGlobalInterceptors(interceptor(() => EMPTY))],
    [
      'an interceptor that throws',
      {},
      (app) =>
        app.useGlobalInterceptors(
          interceptor(() => {
            throw new Error('no');
          }),
        ),
    ],
    [
      'a request-scoped interceptor',
      { providers: [{ provide: APP_INTERCEPTOR, useClass: ScopedInterceptor }] },
      () => {},
    ],
    ['a global filter', { providers: [{ provide: APP_FILTER, useClass: GreedyFilter }] }, () => {}],
    [
      'ClassSerializerInterceptor',
      {},
      (app) => app.useGlobalInterceptors(new ClassSerializerInterceptor(app.get(Reflector))),
    ],
    ['helmet', {}, (app) => app.use(helmet())],
    ['compression', {}, (app) => app.use(compression({ threshold: 0 }))],
    ['an interceptor that would be seen', {}, (app) => app.useGlobalInterceptors(neverRun('interceptor'))],
    ['CORS', {}, (app) => app.enableCors({ origin: ['https://a.example'] })],
  ];

  it.each(cases)('with %s', async (_, metadata, prepare) => {
    ran = [];
    for (const gzip of [true, false]) {
      const { port } = await start(platform, { ...metadata, imports: [metricsModule({ gzip })] }, prepare);
      for (const encoding of ['identity', 'gzip']) {
        const { status, body, headers } = await ask(port, '/metrics', {
          headers: { 'Accept-Encoding': encoding },
        });

        expect([status, body]).toEqual([200, EXPOSITION]);
        expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
        expect(headers.vary).toContain('Accept');
      }
    }
    expect(ran).toEqual([]);
  });

  it('also of a body that fills all buffers, compressed by the app or by the endpoint', async () => {
    const long = 'some_metric{label="value"} 1\n'.repeat(8_000);
    const source = sourceOf(async function* () {
      for (let i = 0; i < 20; i += 1) {
        yield* chunksOf(long);
      }
    });
    for (const gzip of [true, false]) {
      const { port } = await start(platform, { imports: [metricsModule({ gzip, source })] }, (app) =>
        app.use(compression()),
      );

      const { body } = await ask(port, '/metrics', { headers: { 'Accept-Encoding': 'gzip' } });

      expect(body.length).toBe(long.length * 20);
      expect(body === long.repeat(20)).toBe(true);
    }
  });

  it('with interceptors among the decorators', async () => {
    const decorators = [UseInterceptors(interceptor(() => of('mine')))];
    const { port } = await start(platform, { imports: [metricsModule({ decorators })] });

    expect(await ask(port)).toMatchObject({ status: 200, body: EXPOSITION });
  });

  it('with request-scoped guards, which are asked each time', async () => {
    ran = [];
    const global = [{ provide: APP_GUARD, useClass: ScopedGuard }];
    for (const [decorators, providers] of [
      [[UseGuards(ScopedGuard)], []],
      [[], global],
    ] as const) {
      const { port } = await start(platform, {
        imports: [metricsModule({ decorators })],
        providers: [...providers],
      });

      expect(await ask(port, '/metrics', { headers: { 'X-Badge': 'yes' } })).toMatchObject({
        body: EXPOSITION,
      });
      expect((await ask(port)).status).toBe(403);
      expect(await ask(port, '/metrics', { headers: { 'X-Badge': 'yes' } })).toMatchObject({
        body: EXPOSITION,
      });
    }
    expect(ran).toHaveLength(6);
  });

  it('keeps headers that guards and middleware have set, but none about another body', async () => {
    const guard: CanActivate = {
      canActivate(context) {
        const response = context.switchToHttp().getResponse<{ header(name: string, value: string): void }>();
        response.header('X-RateLimit-Limit', '10');
        response.header('Content-Type', 'application/json');
        response.header('Vary', 'Origin, accept');
        response.header('Content-Length', '3');
        return true;
      },
    };
    const { port } = await start(platform, { imports: [metricsModule()] }, (app) => {
      app.use((_: unknown, response: Response, next: Next) => {
        response.setHeader('X-Middleware', 'was here');
        next();
      });
      app.useGlobalGuards(guard);
    });

    expect(await ask(port)).toMatchObject({
      status: 200,
      body: EXPOSITION,
      headers: {
        'x-middleware': 'was here',
        'x-ratelimit-limit': '10',
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        vary: 'Origin, accept, Accept-Encoding',
      },
    });
  });

  describe('middleware of the app', () => {
    it.each(['', 'api'])('holds for the endpoint, with the global prefix %j', async (prefix) => {
      for (const route of ['*path', 'metrics', { path: 'metrics', method: 0 }]) {
        const { port } = await start(
          platform,
          bound((consumer) => consumer.apply(closed).forRoutes(route)),
          (app) => app.setGlobalPrefix(prefix),
        );

        expect(await ask(port)).toMatchObject({ status: 407, body: 'closed' });
      }
    });

    it.each(['', 'api'])(
      'lets it through where it is excluded, with the global prefix %j',
      async (prefix) => {
        for (const route of ['metrics', { path: 'metrics', method: 0 }]) {
          const { port } = await start(
            platform,
            bound((consumer) => consumer.apply(closed).exclude(route).forRoutes('*path')),
            (app) => app.setGlobalPrefix(prefix),
          );

          expect(await ask(port)).toMatchObject({ status: 200, body: EXPOSITION });
        }
      },
    );
  });
});
