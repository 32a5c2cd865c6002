import { createServer } from 'node:net';
import { Controller, Get, Injectable, Logger, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Counter as PromCounter, Histogram as PromHistogram, Registry } from 'prom-client';
import {
  Counted,
  DoNotTrack,
  Gauged,
  MetricsModule,
  MetricsService,
  Timed,
  type MetricDecorator,
  type MetricsOptions,
} from '../../src/index.js';
import { closeApps, startApp, startContext } from '../support/metrics-app.js';

const warnings: string[] = [];
beforeEach(() => {
  warnings.length = 0;
  jest
    .spyOn(Logger.prototype, 'warn')
    .mockImplementation((message: unknown) => void warnings.push(String(message)));
});
afterEach(async () => {
  await closeApps();
  jest.restoreAllMocks();
});

const provider = (...decorators: ((t: object, k: string, d: PropertyDescriptor) => void)[]) => {
  class Service {
    work(): void {}
  }
  const descriptor = Object.getOwnPropertyDescriptor(Service.prototype, 'work') as PropertyDescriptor;
  decorators.forEach((decorate) => decorate(Service.prototype, 'work', descriptor));
  return Service;
};

describe('the app does not start', () => {
  it.each([
    ['a bad metric name', [Counted('no-dashes')], /no-dashes.*Service\.work/s],
    ['an empty metric name', [Counted('')], /name "".*Service\.work/],
    ['a bad label name', [Counted('a', { labels: { 'b-c': '' } })], /b-c/],
    ['the reserved label le', [Timed('a', { labels: { le: '' } })], /"le"/],
    ['the reserved label le on a counter', [Counted('a', { labels: { le: '' } })], /"le"/],
    [
      'the reserved label quantile',
      [Timed('a', { type: 'summary', labels: { quantile: '' } })],
      /"quantile"/,
    ],
    ['a label of Prometheus itself', [Gauged('a', { labels: { __name__: '' } })], /"__name__"/],
    [
      'one name with two types',
      [Counted('twice_total'), Gauged('twice_total')],
      /twice_total.*Service\.work/,
    ],
    [
      'one name with two help texts',
      [Counted('twice', { help: 'a' }), Counted('twice', { help: 'b' })],
      /twice_total.*help/,
    ],
    [
      'one name with two label sets',
      [Counted('twice', { labels: { a: '1' } }), Counted('twice')],
      /twice_total.*labels/,
    ],
    [
      'one name with two sets of buckets',
      [Timed('t', { buckets: [1] }), Timed('t', { buckets: [2] })],
      /"t".*buckets/,
    ],
    ['buckets out of order', [Timed('t', { buckets: [2, 1] })], /"t"/],
    ['percentiles out of range', [Timed('t', { type: 'summary', percentiles: [50] })], /"t"/],
  ])('with %s', async (_what, decorators, message) => {
    await expect(startContext({ providers: [provider(...(decorators as never[]))] })).rejects.toThrow(
      message,
    );
  });

  it('with one name and two definitions on two classes, which the error names both', async () => {
    class A {
      @Counted('same', { help: 'a' }) one(): void {}
    }
    class B {
      @Counted('same', { help: 'b' }) two(): void {}
    }
    await expect(startContext({ providers: [A, B] })).rejects.toThrow(/same_total.*A\.one.*B\.two/);
  });

  it('with one name and labels in two orders, by which values without their names would be swapped', async () => {
    const metrics = (await startContext({})).app.get(MetricsService);
    metrics.gauge({ name: 'moves', help: 'x', labelNames: ['from', 'to'] });
    const labelNames = ['to', 'from'] as const;
    expect(() => metrics.gauge({ name: 'moves', help: 'x', labelNames, collect: () => undefined })).toThrow(
      /"moves" has two definitions.*order of labels \(from,to and to,from\)/,
    );
  });

  it('but not where only a closed app has them in the other order, or where they are always named', async () => {
    const registry = new Registry();
    const first = await startContext({ options: { registry } });
    first.app.get(MetricsService).gauge({ name: 'moves', help: 'x', labelNames: ['from', 'to'] });
    await first.app.close();
    const metrics = (await startContext({ options: { registry } })).app.get(MetricsService);
    metrics
      .gauge({ name: 'moves', help: 'x', labelNames: ['to', 'from'] })
      .labels('b', 'a')
      .set(1);
    expect(await registry.getSingleMetricAsString('moves')).toContain('moves{to="b",from="a"} 1');
    metrics.info('build', 'x', { a: '1', b: '2' });
    expect(() => metrics.info('build', 'x', { b: '2', a: '1' })).not.toThrow();
  });

  it('with process metrics that prom-client refuses', async () => {
    const processMetrics = { prefix: 'a-b' };
    await expect(startContext({ options: { processMetrics } })).rejects.toThrow(
      /option "processMetrics" is refused by prom-client: .*name/,
    );
  });

  it.each<[string[], MetricDecorator[]]>([
    [
      ['job', 'job_sum'],
      [Timed('job'), Gauged('job_sum')],
    ],
    [
      ['job', 'job_sum'],
      [Gauged('job_sum'), Timed('job')],
    ],
    [
      ['job', 'job_count'],
      [Timed('job', { type: 'summary' }), Gauged('job_count')],
    ],
    [['http_request_duration_seconds'], [Gauged('http_request_duration_seconds_bucket')]],
  ])('with samples of one name in two metrics, of which the error names %j', async (names, decorators) => {
    const error = await startApp({ providers: [provider(...decorators)] }).catch(String);
    for (const name of names) {
      expect(error).toContain(`etric "${name}"`);
    }
    expect(error).toMatch(/declared by Service\.work.*samples of one name/);
  });

  it.each([
    ['process_cpu_seconds_total', Counted('process_cpu_seconds_total')],
    ['nodejs_eventloop_lag_seconds', Gauged('nodejs_eventloop_lag_seconds')],
    ['nodejs_gc_duration_seconds', Timed('nodejs_gc_duration_seconds')],
  ])('where it takes the name of a process metric (%s)', async (name, decorator) => {
    const providers = [provider(decorator)];
    await expect(startContext({ options: { processMetrics: true }, providers })).rejects.toThrow(
      new RegExp(`"${name}", declared by Service\\.work.*"processMetrics"`),
    );
    const { registry } = await startContext({ providers });
    expect(registry.getSingleMetric(name)).toBeDefined();
  });

  it('where a metric of other code has a sample of that name, unless what claims it is gone', async () => {
    const registry = new Registry();
    new PromHistogram({ name: 'job', help: 'x', registers: [registry] });
    const providers = [provider(Gauged('job_sum'))];
    await expect(startContext({ options: { registry }, providers })).rejects.toThrow(
      /"job_sum".*"job".*put there by other code/,
    );
    registry.removeSingleMetric('job');
    const { app } = await startContext({ options: { registry }, providers });
    await app.close();
    await startContext({ options: { registry }, providers: [provider(Timed('job'))] });
    expect(registry.getSingleMetric('job_sum')).toBeUndefined();
  });

  it('with all that is wrong, each with its class and method', async () => {
    const Bad = Counted('no-dashes');
    class A {
      @Bad one(): void {}
      @Bad two(): void {}
    }
    class B {
      @Bad three(): void {}
      @Counted('four', { labels: { le: '' } }) four(): void {}
    }
    const error = await startContext({ providers: [A, B] }).catch((reason: unknown) => reason as Error);
    expect((error as Error).message.split('\n')).toEqual([
      expect.stringMatching(/no-dashes.*A\.one/),
      expect.stringMatching(/no-dashes.*A\.two/),
      expect.stringMatching(/no-dashes.*B\.three/),
      expect.stringMatching(/four_total.*B\.four.*"le"/),
    ]);
  });

  it('where other code holds the name', async () => {
    const registry = new Registry();
    new PromCounter({ name: 'http_requests_total', help: 'x', registers: [registry] });
    await expect(startApp({ options: { registry } })).rejects.toThrow(
      /http_requests_total.*http\.prefix.*registry/,
    );
    const prefixed = await startApp({ options: { registry, http: { prefix: 'shop' } } });
    expect(await prefixed.value('shop_exporter_info')).toBe(1);
  });

  it.each<[string, unknown, RegExp]>([
    ['nope', { nope: 1 }, /nope/],
    ['http.nope', { http: { nope: 1 } }, /http\.nope/],
    ['endpoint.nope', { endpoint: { nope: 1 } }, /endpoint\.nope/],
    ['server.nope', { server: { port: 0, nope: 1 } }, /server\.nope/],
    ['server without a port', { server: {} }, /server\.port/],
    ['endpoint.path', { endpoint: { path: 'metrics' } }, /endpoint\.path/],
    ['endpoint.path with a parameter', { endpoint: { path: '/:tenant/metrics' } }, /endpoint\.path.*":"/],
    ['endpoint.path with a wildcard', { endpoint: { path: '/metrics*' } }, /endpoint\.path.*"\*"/],
    ['endpoint.path with a query', { endpoint: { path: '/metrics?x' } }, /endpoint\.path/],
    ['endpoint.path that no URL has', { endpoint: { path: '/métriques' } }, /endpoint\.path/],
    ['server.path that no URL has', { server: { port: 0, path: '/métriques' } }, /server\.path/],
    ['server.tls without a key', { server: { port: 0, tls: { cert: 'x' } } }, /server\.tls.*"key"/],
    ['maxSeries', { maxSeries: 0 }, /maxSeries/],
    ['http.buckets', { http: { buckets: [2, 1] } }, /http\.buckets/],
    ['http.buckets that are not finite', { http: { buckets: [1, Infinity] } }, /http\.buckets/],
    ['processMetrics', { processMetrics: null }, /processMetrics/],
    ['http.excludedPaths', { http: { excludedPaths: '(' } }, /http\.excludedPaths/],
    ['an empty one among http.excludedPaths', { http: { excludedPaths: [''] } }, /http\.excludedPaths/],
    ['http', { http: null }, /"http"/],
    ['a port that is text', { server: { port: '9464' } }, /server\.port.*not '9464'/],
    ['http.via', { http: { via: 'x' } }, /http\.via/],
    ['http.groupBy', { http: { groupBy: 'x' } }, /http\.groupBy/],
    ['http.prefix', { http: { prefix: '9-' } }, /http\.prefix/],
    ['registry', { registry: {} }, /registry/],
    ['defaults', { defaults: [() => undefined] }, /defaults/],
    ['defaultLabels', { defaultLabels: [] }, /defaultLabels/],
    ['method among defaultLabels', { defaultLabels: { method: 'x' } }, /"method"/],
    ['status among defaultLabels', { defaultLabels: { status: 'x' } }, /"status"/],
    ['the groupBy label among defaultLabels', { defaultLabels: { route: 'x' } }, /"route"/],
    ['le among defaultLabels', { defaultLabels: { le: 'x' } }, /"le"/],
    ['a bad name among defaultLabels', { defaultLabels: { 'a-b': 'x' } }, /"a-b"/],
    ['the label of groupBy', { http: { groupBy: { label: 'status', value: () => '' } } }, /"status"/],
  ])('with a wrong option: %s', async (_what, options, message) => {
    await expect((async () => startApp({ options: options as MetricsOptions }))()).rejects.toThrow(message);
    const fromFactory = async () => {
      class App {}
      Module({ imports: [MetricsModule.forRootAsync({ useFactory: () => options as MetricsOptions })] })(App);
      const app = await NestFactory.create(App, { logger: false, abortOnError: false });
      await app.init();
    };
    await expect(fromFactory()).rejects.toThrow(message);
  });

  it.each<[string, unknown, RegExp]>([
    ['endpoint.decorators', { endpoint: { decorators: () => undefined } }, /"endpoint\.decorators".*array/],
    ['one of endpoint.decorators', { endpoint: { decorators: [{}] } }, /"endpoint\.decorators".*functions/],
    ['imports', { imports: 5 }, /"imports"/],
    ['all of them', null, /the options must be a plain object/],
  ])('with a wrong option that shapes the module: %s', (_what, options, message) => {
    expect(() => MetricsModule.forRoot(options as MetricsOptions)).toThrow(message);
    const { endpoint } = (options ?? {}) as MetricsOptions;
    if (endpoint) {
      const beside = { useFactory: () => ({}), endpoint };
      expect(() => MetricsModule.forRootAsync(beside)).toThrow(message);
    }
  });

  it('with forRootAsync() without a factory, and forFeature() without an array', () => {
    class Factory {}
    for (const nothing of [undefined, {}, { inject: [] }, { useFactory: () => ({}), useClass: Factory }]) {
      expect(() => MetricsModule.forRootAsync(nothing as never)).toThrow(
        /forRootAsync\(\) needs one of "useFactory"/,
      );
    }
    for (const way of ['useFactory', 'useClass']) {
      const message = new RegExp(`"${way}" must be a function`);
      expect(() => MetricsModule.forRootAsync({ [way]: 5 })).toThrow(message);
    }
    for (const wrong of [undefined, {}, 'name']) {
      expect(() => MetricsModule.forFeature(wrong as never)).toThrow(/forFeature\(\) takes an array/);
    }
  });

  it('with labels of the app that are taken by defaultLabels', async () => {
    const setup = { providers: [provider(Counted('a', { labels: { zone: '' } }))] };
    await expect(startContext({ ...setup, options: { defaultLabels: { zone: 'eu' } } })).rejects.toThrow(
      /"zone"/,
    );
    await expect(
      startContext({
        providers: [provider(Counted())],
        options: { http: false, defaultLabels: { method: 'x' } },
      }),
    ).rejects.toThrow(/"method"/);
  });

  it('on a port that is taken, and leaves no other server behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const server = [
      { port: 0, host: '127.0.0.1' },
      { port, host: '127.0.0.1' },
    ];
    await expect(startContext({ options: { server } })).rejects.toThrow(new RegExp(`server\\.port.*${port}`));
    taken.close();
  });

  it('with a second forRoot', async () => {
    await expect(startApp({ imports: [MetricsModule.forRoot({ endpoint: false })] })).rejects.toThrow(/once/);
  });

  it('with MetricsModule alone, and no forRoot', async () => {
    @Module({ imports: [MetricsModule] })
    class App {}
    const options = { logger: false as const, abortOnError: false };
    await expect(NestFactory.createApplicationContext(App, options)).rejects.toThrow(
      /import MetricsModule\.forRoot\(\)/,
    );
  });
});

describe('a TypeError says so', () => {
  it.each([
    ['labels that are an array', () => Counted('a', { labels: [] as never })],
    ['labels that are a Map', () => Counted('a', { labels: new Map() as never })],
    ['labels that are a string', () => Counted('a', { labels: 'a' as never })],
    ['labels without a name', () => Counted({ labels: { a: '1' } })],
    ['buckets without a name', () => Timed({ buckets: [1] })],
    ['percentiles without a name', () => Timed({ percentiles: [0.5] })],
    ['a type without a name', () => Timed({ type: 'summary' })],
    ['an unknown option', () => Counted('a', { nope: 1 } as never)],
    ['an unknown word', () => Counted('a', { on: 'never' as never })],
    ['an unnamed groupBy', () => MetricsModule.forRoot({ http: { groupBy: () => '' } })],
    [
      'a groupBy without any name',
      () =>
        MetricsModule.forRoot({
          http: {
            groupBy: (
              () => () =>
                ''
            )(),
          },
        }),
    ],
    [
      'a groupBy whose name is no label',
      () => MetricsModule.forRoot({ http: { groupBy: { $a: () => '' }.$a } }),
    ],
  ])('about %s', (_what, make) => {
    expect(make).toThrow(TypeError);
  });

  it('about a static method, an accessor and a property', () => {
    const descriptor = { value: () => undefined };
    class Target {}
    expect(() => Counted()(Target as never, 'work', descriptor)).toThrow(/static/);
    expect(() => Timed()(Target.prototype, 'work', { get: () => undefined })).toThrow(TypeError);
    expect(() => Gauged()(Target.prototype, 'work', undefined as never)).toThrow(TypeError);
    const onParameter = Counted() as unknown as ParameterDecorator;
    expect(() => onParameter(Target, undefined, 0)).toThrow(TypeError);
    expect(() => onParameter(Target.prototype, 'work', 0)).toThrow(TypeError);
  });

  it('about a function that is no class', () => {
    expect(() => Counted()(() => undefined)).toThrow(/class or an instance method/);
    const { method } = { async method() {} };
    expect(() => Timed()(method)).toThrow(TypeError);
    expect(() => DoNotTrack()(() => undefined)).toThrow(TypeError);
  });

  it('about what MetricsService is given', async () => {
    const metrics = (await startContext({})).app.get(MetricsService);
    expect(() => metrics.gauge({ name: 'open', help: 'x', collect: 5 as never })).toThrow(
      /"open".*"collect"/,
    );
    expect(() => metrics.info('build', 'x', undefined as never)).toThrow(/"build".*"labels"/);
  });
});

describe('label functions that misbehave', () => {
  it('leave the call alone, give `error`, and are counted and logged once', async () => {
    class Busy {
      @Counted('a', {
        labels: {
          x: () => {
            throw new Error('label trouble');
          },
        },
      })
      throws(): number {
        return 1;
      }
      @Counted('b', { labels: { x: (async () => 'x') as never } }) async promises(): Promise<number> {
        return 2;
      }
      @Timed('c', { labels: { x: (() => ({})) as never, y: () => undefined, z: () => null } })
      object(): number {
        return 3;
      }
      @Gauged('d', {
        labels: {
          x: () => {
            throw new Error('gauge trouble');
          },
        },
      })
      gauges(): number {
        return 4;
      }
    }
    const { app, registry } = await startContext({ providers: [Busy] });
    const busy = app.get(Busy);
    for (let i = 0; i < 1000; i++) {
      expect([busy.throws(), busy.object(), busy.gauges()]).toEqual([1, 3, 4]);
    }
    expect(await busy.promises()).toBe(2);
    const text = await registry.metrics();
    expect(text).toContain('a_total{x="error"} 1000\n');
    expect(text).toContain('b_total{x="error"} 1\n');
    expect(text).toContain('c_count{x="error",y="",z=""} 1000\n');
    expect(text).toContain('d{x="error"} 0\n');
    for (const metric of ['a_total', 'c', 'd']) {
      expect(text).toContain(`exporter_errors_total{metric="${metric}",reason="label"} 1000\n`);
    }
    expect(warnings.filter((line) => line.includes('label "x" of the metric "a_total"'))).toHaveLength(1);
    expect(warnings).toHaveLength(4);
  });

  it("leave the call alone where the app's logger fails as well", async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => {
      throw new Error('logger trouble');
    });
    class Unlucky {
      @Counted('a', {
        labels: {
          x: () => {
            throw new Error('label trouble');
          },
        },
      })
      async work(): Promise<number> {
        return 1;
      }
    }
    const { app, registry } = await startContext({ providers: [Unlucky] });
    expect(await app.get(Unlucky).work()).toBe(1);
    expect(await registry.metrics()).toContain('a_total{x="error"} 1\n');
  });

  it('leave requests alone', async () => {
    @Controller()
    class Pages {
      @Get(':id')
      @Counted('pages', {
        labels: {
          x: () => {
            throw new Error('x');
          },
        },
      })
      page(@Param('id') id: string): string {
        return id;
      }
    }
    const boom = (): string => {
      throw new Error('boom');
    };
    const app = await startApp({
      controllers: [Pages],
      options: { defaultLabels: { tenant: boom }, http: { groupBy: { label: 'page', value: boom } } },
    });
    for (let i = 0; i < 20; i++) {
      expect(await app.request(`/${i}`)).toMatchObject({ status: 200, body: String(i) });
    }
    expect(await app.value('http_requests_total', { page: 'error', tenant: 'error', status: '200' })).toBe(
      20,
    );
    expect(await app.value('pages_total', { x: 'error', tenant: 'error' })).toBe(20);
  });
});

describe('more than maxSeries label sets', () => {
  it('are folded where their values come from outside', async () => {
    @Injectable()
    class Wild {
      @Counted('wild', { labels: { kind: 'fixed', user: (c) => c.args[0] as string } }) work(
        _user: string,
      ): void {}
    }
    @Controller()
    class Pages {
      @Get(':id') page(@Param('id') id: string): string {
        return id;
      }
    }
    const app = await startApp({
      controllers: [Pages],
      providers: [Wild],
      options: { maxSeries: 3, http: { groupBy: 'path' } },
    });
    for (let i = 0; i < 10; i++) {
      app.get<Wild>(Wild).work(`user ${i}`);
      await app.request(`/${i}`);
    }
    const direct = app
      .get<MetricsService>(MetricsService)
      .gauge({ name: 'direct', help: 'x', labelNames: ['a', 'b'] });
    for (let i = 0; i < 5; i++) direct.set({ a: `${i}`, b: 'x' }, i);
    expect(await app.value('wild_total', { kind: 'fixed', user: 'other' })).toBe(7);
    expect(await app.value('exporter_series_dropped_total', { metric: 'wild_total' })).toBe(7);
    expect(await app.value('http_requests_total', { path: 'other', method: 'GET', status: '200' })).toBe(7);
    expect(await app.value('exporter_series_dropped_total', { metric: 'http_requests_total' })).toBe(7);
    expect(await app.value('direct', { a: 'other', b: 'other' })).toBe(4);
    expect(await app.value('exporter_series_dropped_total', { metric: 'direct' })).toBe(2);
  });

  it('are folded also where another method declared the metric with fixed labels', async () => {
    @Injectable()
    class Mixed {
      @Counted('mixed', { labels: { user: 'none' } }) fixed(): void {}
      @Counted('mixed', { labels: { user: (c) => c.args[0] as string } }) wild(_user: string): void {}
    }
    const { app, registry } = await startContext({ providers: [Mixed], options: { maxSeries: 2 } });
    for (let i = 0; i < 6; i++) app.get(Mixed).wild(`${i}`);
    app.get(Mixed).fixed();
    const text = await registry.metrics();
    expect(text).toContain('mixed_total{user="other"} 5\n');
    expect(text).toContain('mixed_total{user="none"} 1\n');
  });
});

describe('direct calls with bad values', () => {
  it('throw, naming the metric', async () => {
    const { app } = await startContext({});
    const counter = app.get(MetricsService).counter({ name: 'direct', help: 'x', labelNames: ['a'] });
    for (const value of [-1, NaN, Infinity, '1' as never]) {
      expect(() => counter.inc({ a: '' }, value)).toThrow(/direct_total/);
    }
    expect(() => counter.inc({ b: '' } as never)).toThrow(/direct_total.*"b"/);
    expect(() => counter.labels({ b: '' } as never)).toThrow(/direct_total/);
  });
});
