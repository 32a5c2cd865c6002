import {
  BadRequestException,
  Body,
  Catch,
  ConflictException,
  Controller,
  createParamDecorator,
  Get,
  HttpCode,
  HttpException,
  Injectable,
  Ip,
  Next,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Req,
  Res,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { Observable, of } from 'rxjs';
import {
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiQuery,
  DocumentBuilder,
  SwaggerModule,
} from '@nestjs/swagger';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  Counted,
  DoNotTrack,
  ExcludeAllMetrics,
  Gauged,
  Timed,
  type MetricContext,
} from '../../src/index.js';
import { PLATFORMS, closeApps, startApp } from '../support/metrics-app.js';

class Teapot extends Error {}

@Catch(Teapot)
class TeapotFilter implements ExceptionFilter {
  catch(_error: Teapot, host: ArgumentsHost): void {
    const response = host
      .switchToHttp()
      .getResponse<{ status(code: number): { send(body: string): void } }>();
    response.status(418).send('teapot');
  }
}

afterEach(closeApps);

describe.each(PLATFORMS)("a handler's label functions on %s", (platform) => {
  it('see the status that the client received, after every filter', async () => {
    const contexts: MetricContext[] = [];
    @Controller('orders')
    @UseFilters(TeapotFilter)
    class Orders {
      @Get(':id')
      @HttpCode(202)
      @Counted('orders', {
        labels: {
          status: (c) => c.status,
          path: (c) => c.request.url,
          sent: (c) => c.response.statusCode,
          failed: (c) => c.error !== undefined,
          result: (c) => (c.result as { id: number } | undefined)?.id,
          argument: (c) => c.args[0] as number,
          where: (c) => `${c.controller?.name}.${c.handler?.name}`,
          all: (c) => void contexts.push(c),
        },
      })
      async find(@Param('id', ParseIntPipe) id: number): Promise<{ id: number }> {
        await new Promise((resolve) => setImmediate(resolve));
        if (id === 1) throw new Teapot();
        if (id === 2) throw new HttpException('gone', 410);
        if (id === 3) throw new Error('broken');
        return { id };
      }
    }
    const app = await startApp({ platform, controllers: [Orders] });
    const statuses = [];
    for (const id of ['1', '2', '3', '4', 'x']) {
      statuses.push((await app.request(`/orders/${id}`)).status);
    }
    expect(statuses).toEqual([418, 410, 500, 202, 400]);
    const where = {
      where: 'Orders.find',
      path: '/orders/4',
      sent: '202',
      failed: 'false',
      result: '4',
      argument: '4',
    };
    expect(await app.value('orders_total', { status: '202', ...where })).toBe(1);
    for (const [id, status] of [
      ['1', '418'],
      ['2', '410'],
      ['3', '500'],
    ] as const) {
      const labels = { status, sent: status, failed: 'true', result: '', argument: id };
      expect([id, await app.value('orders_total', labels)]).toEqual([id, 1]);
    }
    expect(contexts).toHaveLength(4);
    expect(contexts[0]?.controller).toBe(Orders);
    expect(contexts[0]?.args).toHaveLength(1);
    expect(await app.value('orders_total', { status: '400' })).toBeUndefined();
  });

  it('see the arguments and nothing beside them, however many these are', async () => {
    const seen: unknown[] = [];
    const labels = {
      count: ({ args }: MetricContext) => {
        seen.push(Object.entries(args));
        return args.length;
      },
    };
    @Controller()
    class Sums {
      @Get('0') @Counted('sums_total', { labels }) none(): void {}
      @Get('1') @Counted('sums_total', { labels }) one(@Query('a') _a: string): void {}
      @Get('2')
      @Counted('sums_total', { labels })
      two(@Query('a') _a: string, @Query('b') _b: string): void {}
      @Get('3')
      @Counted('sums_total', { labels })
      three(@Query('a') _a: string, @Query('b') _b: string, @Query('c') _c: string): void {}
      @Get('4')
      @Counted('sums_total', { labels })
      four(
        @Query('a') _a: string,
        @Query('b') _b: string,
        @Query('c') _c: string,
        @Query('a') _d: string,
      ): void {}
    }
    const app = await startApp({ platform, controllers: [Sums] });
    const given = ['x', 'y', undefined, 'x'];
    for (let count = 0; count <= given.length; count++) {
      await app.request(`/${count}?a=x&b=y`);
      expect(await app.value('sums_total', { count: String(count) })).toBe(1);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4].map((count) => Object.entries(given.slice(0, count))));
  });

  it('see the request before the call, for gauges, and all of it in request-scoped controllers', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {}
    @Controller('scoped')
    class Orders {
      constructor(readonly scoped: Scoped) {}
      @Get()
      @Gauged('busy', { labels: { tenant: (c) => c.request.headers['x-tenant'] as string } })
      @Timed('took', {
        labels: { tenant: (c) => c.request.headers['x-tenant'] as string, code: (c) => c.status },
      })
      find(): string {
        return 'x';
      }
    }
    const app = await startApp({ platform, controllers: [Orders], providers: [Scoped] });
    await app.request('/scoped', { headers: { 'x-tenant': 'a' } });
    await app.request('/scoped', { headers: { 'x-tenant': 'a' } });
    expect(await app.value('busy', { tenant: 'a' })).toBe(0);
    expect(await app.value('took_count', { tenant: 'a', code: '200' })).toBe(2);
  });

  it("see a method's own seconds, however long the response takes", async () => {
    @Injectable()
    class Slow implements NestInterceptor {
      async intercept(
        _context: ExecutionContext,
        next: CallHandler,
      ): Promise<ReturnType<CallHandler['handle']>> {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return next.handle();
      }
    }
    @Controller()
    class Quick {
      @Get('quick')
      @UseInterceptors(Slow)
      @Timed('own_seconds', { labels: { code: (c) => c.status } })
      get(): string {
        return 'x';
      }
    }
    const app = await startApp({ platform, controllers: [Quick] });
    await app.request('/quick');
    expect(await app.value('own_seconds_count', { code: '200' })).toBe(1);
    expect(await app.value('own_seconds_sum', { code: '200' })).toBeLessThan(0.05);
    expect(await app.value('http_request_duration_seconds_sum', { route: '/quick' })).toBeGreaterThan(0.05);
  });

  it('see @Res() answers, and default labels are computed with the request', async () => {
    @Controller()
    class Raw {
      @Get('raw') @Counted('raws') get(
        @Req() _request: unknown,
        @Res() response: { status(c: number): { send(b: string): void } },
      ): void {
        setTimeout(() => response.status(206).send('part'), 5);
      }
    }
    const app = await startApp({
      platform,
      controllers: [Raw],
      options: {
        defaultLabels: {
          zone: 'eu',
          tenant: (c) => c.request.headers['x-tenant'] as string,
          code: (c) => c.status,
        },
      },
    });
    expect((await app.request('/raw', { headers: { 'x-tenant': 't' } })).status).toBe(206);
    await app.request('/none', { headers: { 'x-tenant': 'u' } });
    expect(await app.value('raws_total', { zone: 'eu', tenant: 't', code: '206' })).toBe(1);
    expect(
      await app.value('http_requests_total', { zone: 'eu', tenant: 't', route: '/raw', code: '206' }),
    ).toBe(1);
    expect(
      await app.value('http_requests_total', { zone: 'eu', tenant: 'u', route: 'unmatched', code: '404' }),
    ).toBe(1);
  });

  it('see the same as default labels of the HTTP metrics, whether or not the handler is decorated', async () => {
    class Refuses implements CanActivate {
      canActivate(): boolean {
        return false;
      }
    }
    @Controller('things')
    class Things {
      @Get(':id') async find(@Param('id') id: string): Promise<{ id: string }> {
        return { id: `${id}!` };
      }
      @Get(':id/stream') watch(@Param('id') id: string): Observable<string> {
        return of('first', `last ${id}`);
      }
      @Get(':id/bad') bad(@Param('id') id: string): never {
        throw new ConflictException(id);
      }
      @Get(':id/refused') @UseGuards(Refuses) refused(): void {}
    }
    class Special extends Things {}
    Controller('special')(Special);
    const app = await startApp({
      platform,
      controllers: [Things, Special],
      options: {
        defaultLabels: {
          args: ({ args }) => args?.join(),
          result: ({ result }) => JSON.stringify(result),
          error: ({ error }) => (error as Error | undefined)?.message,
        },
      },
    });
    for (const path of [
      'things/1',
      'special/2',
      'things/3/stream',
      'things/4/bad',
      'things/5/refused',
      'none',
    ]) {
      await app.request(`/${path}`);
    }
    const seen = await app.registry.getSingleMetric('http_requests_total')?.get();
    const labels = seen?.values.map((sample) => sample.labels as Record<string, string>);
    expect(labels?.map(({ route, args, result, error }) => [route, args, result, error])).toEqual([
      ['/things/:id', '1', '{"id":"1!"}', ''],
      ['/special/:id', '2', '{"id":"2!"}', ''],
      ['/things/:id/stream', '3', '"last 3"', ''],
      ['/things/:id/bad', '4', '', '4'],
      ['/things/:id/refused', '', '', ''],
      ['unmatched', '', '', ''],
    ]);
  });

  it('see what an undecorated handler was given also where the client leaves before it is done', async () => {
    const release: (() => void)[] = [];
    @Controller('slow')
    class Slow {
      @Get(':id') async find(@Param('id') _id: string): Promise<void> {
        await new Promise<void>((resolve) => release.push(resolve));
      }
    }
    const defaultLabels = { asked: ({ args }: MetricContext) => args?.join() };
    const app = await startApp({ platform, controllers: [Slow], options: { defaultLabels } });
    const client = new AbortController();
    const answer = app.request('/slow/7', { signal: client.signal });
    while (release.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    client.abort();
    await expect(answer).rejects.toThrow('aborted');
    while ((await app.value('http_requests_total')) === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const left = { route: '/slow/:id', status: '499', asked: '7' };
    expect(await app.value('http_requests_total', left)).toBe(1);
    release.forEach((go) => go());
  });

  it('are there for inherited handlers, each under its own controller', async () => {
    abstract class Crud {
      @Get('one')
      @Counted('cruds', { labels: { where: (c) => c.controller?.name, code: (c) => c.status } })
      one(): string {
        return this.constructor.name;
      }
      @Get('two') two(): string {
        return 'two';
      }
    }
    @Controller('cats')
    class Cats extends Crud {}
    @Controller('dogs')
    @DoNotTrack()
    class Dogs extends Crud {
      override one(): string {
        return `dog ${super.one()}`;
      }
    }
    const app = await startApp({
      platform,
      controllers: [Cats, Dogs],
      options: { http: { groupBy: 'handler' } },
    });
    expect((await app.request('/cats/one')).body).toBe('Cats');
    expect((await app.request('/cats/two')).body).toBe('two');
    expect((await app.request('/dogs/two')).body).toBe('two');
    expect(await app.value('cruds_total', { where: 'Cats', code: '200' })).toBe(1);
    expect(await app.value('http_requests_total', { handler: 'Cats.one' })).toBe(1);
    expect(await app.value('http_requests_total', { handler: 'Cats.two' })).toBe(1);
    expect(await app.value('http_requests_total', { handler: 'Dogs.two' })).toBeUndefined();
  });

  it('record nothing with @ExcludeAllMetrics, and only their own with @DoNotTrack', async () => {
    @Controller()
    class Hidden {
      @Get('a') @DoNotTrack() @Counted('own', { labels: { m: 'a' } }) a(): string {
        return 'a';
      }
      @Get('b') @ExcludeAllMetrics() @Counted('own', { labels: { m: 'b' } }) b(): string {
        return 'b';
      }
    }
    const app = await startApp({ platform, controllers: [Hidden] });
    await app.request('/a');
    await app.request('/b');
    expect(await app.value('own_total', { m: 'a' })).toBe(1);
    expect(await app.value('own_total', { m: 'b' })).toBeUndefined();
    expect(await app.value('http_requests_total')).toBeUndefined();
  });

  it('of `defaults` hold for handlers, whatever metadata of its own the app has on other methods', async () => {
    @Injectable()
    class Files {
      @SetMetadata('path', '/etc') @Counted('reads') read(): string {
        return 'read';
      }
    }
    @Controller()
    class Some {
      constructor(readonly files: Files) {}
      @Get('a') a(): string {
        return this.files.read();
      }
    }
    const defaults = [Counted('handled', { labels: { method: (c) => c.methodName } })];
    const app = await startApp({ platform, controllers: [Some], providers: [Files], options: { defaults } });
    await app.request('/a');
    expect(await app.value('reads_total')).toBe(1);
    expect(await app.value('handled_total', { method: 'a' })).toBe(1);
    expect(await app.value('handled_total', { method: 'read' })).toBeUndefined();
  });

  it('of `defaults` hold for every handler, but not for excluded paths', async () => {
    @Controller()
    class Some {
      @Get('a') a(): string {
        return 'a';
      }
      @Get('health') @Counted('health_checks') health(): string {
        return 'ok';
      }
    }
    const shared = Counted('handled', { labels: { method: (c) => c.methodName, code: (c) => c.status } });
    const setup = { platform, controllers: [Some] };
    const app = await startApp({
      ...setup,
      options: { defaults: [shared], http: { excludedPaths: '/health' } },
    });
    await app.request('/a');
    await app.request('/health');
    expect(await app.value('handled_total', { method: 'a', code: '200' })).toBe(1);
    expect(await app.value('handled_total', { method: 'health' })).toBeUndefined();
    expect(await app.value('health_checks_total')).toBe(0);
    const lenient = await startApp({
      ...setup,
      options: { defaults: [shared], http: { excludedPaths: /\/hea/, excludeUserDefaults: false } },
    });
    await lenient.request('/health');
    expect(await lenient.value('handled_total', { method: 'health', code: '200' })).toBe(1);
    expect(await lenient.value('health_checks_total')).toBe(1);
    expect(await lenient.value('http_requests_total')).toBeUndefined();
  });

  it('of methods called while a request is handled see it, with requestContext', async () => {
    @Injectable()
    class Inner {
      @Counted('inner', { labels: { tenant: (c) => c.request?.headers['x-tenant'] as string } })
      async work(): Promise<void> {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    @Controller()
    class Outer {
      constructor(private readonly inner: Inner) {}
      @Get('outer') async get(): Promise<void> {
        await this.inner.work();
      }
    }
    const setup = { platform, controllers: [Outer], providers: [Inner] };
    const app = await startApp({ ...setup, options: { http: { requestContext: true } } });
    await Promise.all(
      ['a', 'b', 'b'].map((tenant) => app.request('/outer', { headers: { 'x-tenant': tenant } })),
    );
    await app.get<Inner>(Inner).work();
    expect(await app.value('inner_total', { tenant: 'a' })).toBe(1);
    expect(await app.value('inner_total', { tenant: 'b' })).toBe(2);
    expect(await app.value('inner_total', { tenant: '' })).toBe(1);
    const without = await startApp(setup);
    await without.request('/outer', { headers: { 'x-tenant': 'a' } });
    expect(await without.value('inner_total', { tenant: '' })).toBe(1);
  });

  it('see the same with http: false', async () => {
    @Controller()
    class Plain {
      @Get('plain')
      @Counted('plain', { labels: { code: (c) => c.status, url: (c) => c.request.url } })
      get(): string {
        throw new BadRequestException();
      }
    }
    const app = await startApp({ platform, controllers: [Plain], options: { http: false } });
    await app.request('/plain');
    expect(await app.value('plain_total', { code: '400', url: '/plain' })).toBe(1);
    expect((await app.registry.getMetricsAsJSON()).some(({ name }) => name.startsWith('http_'))).toBe(false);
  });

  it("leave a spy to see the caller's arguments alone", async () => {
    @Controller()
    class Spied {
      @Get('spied/:id') @Counted('spied', { labels: { code: (c) => c.status } }) get(
        @Param('id') id: string,
      ): string {
        return id;
      }
    }
    let spy: ReturnType<typeof jest.spyOn> | undefined;
    const app = await startApp({
      platform,
      controllers: [Spied],
      prepare: (nest) => {
        spy = jest.spyOn(nest.get(Spied), 'get' as never);
      },
    });
    expect((await app.request('/spied/5')).body).toBe('5');
    expect(spy?.mock.calls).toEqual([['5']]);
    expect(await app.value('spied_total', { code: '200' })).toBe(1);
  });

  it.each([
    ['singleton', Scope.DEFAULT],
    ['request-scoped', Scope.REQUEST],
  ])(
    'see the request in handlers that a constructor bound, unless its path is excluded (%s)',
    async (_, scope) => {
      @Controller({ path: 'bound', scope })
      class Bound {
        constructor() {
          this.seen = this.seen.bind(this);
          this.left = this.left.bind(this);
          this.leftLabelled = this.leftLabelled.bind(this);
        }
        @Get('seen') @Counted('seen', { labels: { code: (c) => c.status } }) seen(): string {
          return 'seen';
        }
        @Get('left/plain') @Counted('left') left(): string {
          return 'left';
        }
        @Get('left/labelled')
        @Counted('left_labelled', { labels: { code: (c) => c.status } })
        leftLabelled(): string {
          return 'left';
        }
      }
      const app = await startApp({
        platform,
        controllers: [Bound],
        options: { http: { excludedPaths: ['/bound/left'] } },
      });
      for (const path of ['seen', 'left/plain', 'left/labelled']) {
        expect((await app.request(`/bound/${path}`)).status).toBe(200);
      }
      expect(await app.value('seen_total', { code: '200' })).toBe(1);
      expect(await app.value('left_total')).toBe(0);
      expect(await app.value('left_labelled_total')).toBeUndefined();
    },
  );

  it('see the request in the handler, and in no other method that what stands for it calls first', async () => {
    const code = { code: ({ status }: MetricContext) => String(status) };
    @Controller('guarded')
    class Guarded {
      @Get() @Counted('guarded', { labels: code }) get(): string {
        return 'got';
      }
      @Counted('checked', { labels: code }) check(): void {}
    }
    const app = await startApp({
      platform,
      controllers: [Guarded],
      prepare: (nest) => {
        const guarded = nest.get(Guarded);
        const get = guarded.get.bind(guarded);
        jest.spyOn(guarded, 'get').mockImplementation(() => {
          guarded.check();
          return get();
        });
      },
    });
    expect((await app.request('/guarded')).body).toBe('got');
    expect(await app.value('guarded_total', { code: '200' })).toBe(1);
    expect(await app.value('checked_total', { code: 'undefined' })).toBe(1);
  });
});

const Roles = (...roles: string[]): MethodDecorator => SetMetadata('roles', roles);
const log: string[] = [];
const Tenant = createParamDecorator((data: string, context: ExecutionContext) => {
  log.push(`param ${data} ${context.getHandler().name} ${context.getClass().name}`);
  return 'tenant';
});
@Injectable()
class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}
  canActivate(context: ExecutionContext): boolean {
    log.push(
      `guard ${String(this.reflector.get('roles', context.getHandler()))} ${context.getArgs().length}`,
    );
    return true;
  }
}
@Injectable()
class LogInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}
  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    log.push(
      `interceptor ${String(this.reflector.get('roles', context.getHandler()))} ${context.getHandler().name}`,
    );
    return next.handle();
  }
}
@Injectable()
class LogPipe implements PipeTransform {
  transform(value: unknown, metadata: object): unknown {
    log.push(`pipe ${JSON.stringify(metadata)}`);
    return value;
  }
}
class Dto {
  @ApiProperty({ type: String }) name!: string;
}

/** The same controller with every decorator on every handler, or with none. */
function controllers(isDecorated: boolean): Function[] {
  const decorators = isDecorated
    ? [
        Counted('a_calls', { labels: { code: (c) => c.status, url: (c) => c.request.url } }),
        Gauged('a_busy', { labels: { tenant: (c) => c.request.method } }),
        Timed('a_seconds', { labels: { code: (c) => c.status } }),
        Counted(),
        Gauged(),
        Timed(),
        DoNotTrack(),
      ]
    : [];
  const All = (): MethodDecorator => (target, key, descriptor) =>
    decorators.forEach((decorate) => decorate(target, key as string, descriptor as PropertyDescriptor));
  class Items {
    one(id: number, tenant: string, _ip: string): unknown {
      log.push(`handler ${id} ${tenant} ${arguments.length}`);
      return { id };
    }
    add(dto: Dto, q: string): unknown {
      return { dto, q };
    }
    none(): string {
      return `none ${arguments.length}`;
    }
  }
  const on = (key: 'one' | 'add' | 'none', ...list: MethodDecorator[]): void =>
    Reflect.decorate(
      list,
      Items.prototype,
      key,
      Object.getOwnPropertyDescriptor(Items.prototype, key),
    ) as never;
  Reflect.defineMetadata('design:paramtypes', [Number, String, String], Items.prototype, 'one');
  Reflect.defineMetadata('design:paramtypes', [Dto, String], Items.prototype, 'add');
  Reflect.defineMetadata('design:paramtypes', [], Items.prototype, 'none');
  Param('id', ParseIntPipe)(Items.prototype, 'one', 0);
  Tenant('x', LogPipe as never)(Items.prototype, 'one', 1);
  Ip()(Items.prototype, 'one', 2);
  Body()(Items.prototype, 'add', 0);
  Query('q')(Items.prototype, 'add', 1);
  const guards = [Roles('admin'), UseGuards(RolesGuard), UseInterceptors(LogInterceptor), UsePipes(LogPipe)];
  on('one', All(), Get(':id'), ApiOperation({ summary: 'One' }), ApiParam({ name: 'id' }), All(), ...guards);
  on(
    'add',
    Post(),
    ApiBody({ type: Dto }),
    ApiQuery({ name: 'q' }),
    All(),
    ApiOkResponse({ type: Dto }),
    ...guards,
  );
  on('none', ...guards, Get(), All(), HttpCode(203));
  Controller('items')(Items);
  return [Items];
}

it('labels see the arguments of the handler whose route was taken, of two that Express called', async () => {
  class Refuses implements CanActivate {
    canActivate(): boolean {
      return false;
    }
  }
  @Controller('passed')
  class First {
    @Get(':id') pass(@Param('id') _id: string, @Next() next: () => void): void {
      next();
    }
  }
  @Controller('passed')
  class Second {
    @Get(':other') @UseGuards(Refuses) refused(): void {}
  }
  const defaultLabels = { call: ({ args, methodName }: MetricContext) => `${methodName}(${args.length})` };
  const app = await startApp({
    platform: 'express',
    controllers: [First, Second],
    options: { defaultLabels },
  });
  expect((await app.request('/passed/1')).status).toBe(403);
  expect(await app.value('http_requests_total', { route: '/passed/:other', call: 'refused(0)' })).toBe(1);
});

describe.each(PLATFORMS)('a decorated handler on %s', (platform) => {
  it('has the same Swagger document as without, and the same metadata', async () => {
    const documents = [];
    for (const isDecorated of [true, false]) {
      const app = await startApp({ platform, controllers: controllers(isDecorated) as never });
      documents.push(SwaggerModule.createDocument(app.app, new DocumentBuilder().setTitle('x').build()));
    }
    expect(Object.keys(documents[0]?.paths ?? {})).toEqual(['/items/{id}', '/items']);
    expect(documents[0]).toEqual(documents[1]);
    const bare = await NestFactory.create(moduleOf(controllers(false)), { logger: false });
    expect(documents[0]).toEqual(
      SwaggerModule.createDocument(bare, new DocumentBuilder().setTitle('x').build()),
    );
    await bare.close();
  });

  it('is seen by guards, pipes, interceptors and param decorators as without, in the same order', async () => {
    const logs = [];
    for (const isDecorated of [true, false]) {
      log.length = 0;
      const app = await startApp({
        platform,
        controllers: controllers(isDecorated) as never,
        prepare: (nest) =>
          void nest.useGlobalPipes(new ValidationPipe({ transform: true, validateCustomDecorators: true })),
      });
      const answers = [
        await app.request('/items/5'),
        await app.request('/items'),
        await app.request('/items?q=1', {
          method: 'POST',
          body: '{"name":"n"}',
          headers: { 'content-type': 'application/json' },
        }),
        await app.request('/items/x'),
      ];
      logs.push([...log, ...answers.map(({ status, body }) => `${status} ${body}`)]);
    }
    expect(logs[0]?.length).toBeGreaterThan(12);
    expect(logs[0]).toEqual(logs[1]);
  });
});

function moduleOf(list: Function[]): never {
  class Bare {}
  Reflect.defineMetadata('controllers', list, Bare);
  return Bare as never;
}

it('a handler that overflows the stack in a call of itself is timed by the clock', async () => {
  let pad = 0;
  @Controller()
  class Diver {
    @Get('dive') @Timed('dive_seconds') dive(isLast?: boolean): number {
      return isLast === true ? 0 : this.padded(pad);
    }
    padded(depth: number): number {
      return depth === 0 ? this.over() : this.padded(depth - 1);
    }
    over(): number {
      return this.dive(true) + this.over();
    }
  }
  const app = await startApp({
    platform: 'express',
    controllers: [Diver],
    options: { http: { excludedPaths: ['/none'] } },
  });
  for (; pad < 40; pad++) {
    expect((await app.request('/dive')).status).toBe(500);
  }
  expect(await app.value('dive_seconds_sum')).toBeLessThan(60);
});

it.each([
  [0, { help: 'calls' }],
  [1, { help: 'calls', labels: { code: (c: MetricContext) => c.status } }],
])('with http: false, Fastify gets %i hooks for the labels of handlers', async (count, options) => {
  @Controller()
  class Plain {
    @Get('plain') @Counted('plain', options) get(): string {
      return 'plain';
    }
  }
  const hooks: unknown[] = [];
  const app = await startApp({
    platform: 'fastify',
    controllers: [Plain],
    options: { http: false },
    prepare: (nest) => {
      const fastify = nest.getHttpAdapter().getInstance() as { addHook(...args: unknown[]): unknown };
      const { addHook } = fastify;
      fastify.addHook = function (this: unknown, ...args) {
        hooks.push(args[0]);
        return Reflect.apply(addHook, this, args);
      };
    },
  });
  await app.request('/plain');
  expect(hooks).toHaveLength(count);
  expect(await app.value('plain_total')).toBe(1);
});
