import { Global, Injectable, Module, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import {
  InjectMetric,
  MetricsModule,
  getMetricToken,
  type Counter,
  type Gauge,
  type MetricProviderDefinition,
} from '../src/index.js';
import { closeApps, startContext, valueIn } from './support/metrics-app.js';

afterEach(closeApps);

const orders: MetricProviderDefinition = { type: 'counter', name: 'orders_total', help: 'Orders.' };

@Injectable()
class Orders {
  constructor(@InjectMetric('orders_total') readonly metric: Counter) {}
}

describe('MetricsModule.forFeature()', () => {
  it('gives the same metric to all modules with the same definition', async () => {
    @Injectable()
    class Refunds {
      constructor(@InjectMetric('orders_total') readonly metric: Counter) {}
    }
    @Module({ imports: [MetricsModule.forFeature([orders])], providers: [Orders] })
    class OrdersModule {}
    @Module({ imports: [MetricsModule.forFeature([{ ...orders }])], providers: [Refunds] })
    class RefundsModule {}
    const { app, registry } = await startContext({ imports: [OrdersModule, RefundsModule] });
    const { metric } = app.get(Orders, { strict: false });
    expect(app.get(Refunds, { strict: false }).metric).toBe(metric);
    metric.inc();
    expect(await valueIn(registry, 'orders_total')).toBe(1);
  });

  it('is visible where it is imported, and nowhere else', async () => {
    @Module({ imports: [MetricsModule.forFeature([orders])] })
    class OrdersModule {}
    await expect(startContext({ imports: [OrdersModule], providers: [Orders] })).rejects.toThrow(
      /METRIC_orders_total/,
    );
  });

  it('is visible where a module that imports it exports MetricsModule', async () => {
    @Module({ imports: [MetricsModule.forFeature([orders])], exports: [MetricsModule] })
    class SharedModule {}
    const { app, registry } = await startContext({ imports: [SharedModule], providers: [Orders] });
    app.get(Orders).metric.inc();
    expect(await valueIn(registry, 'orders_total')).toBe(1);
  });

  it.each<[string, unknown, RegExp]>([
    ['null', null, /object with a "name"/],
    ['no name', { type: 'gauge', help: 'x' }, /object with a "name"/],
    ['no type', { name: 'jobs', help: 'x' }, /"jobs" has no type/],
    [
      'a collect that is no function',
      { type: 'gauge', name: 'jobs', help: 'x', collect: 'x' },
      /"jobs".*collect/,
    ],
    [
      'an inject that is no array',
      { type: 'gauge', name: 'jobs', help: 'x', inject: Orders },
      /"jobs".*inject/,
    ],
    [
      'an inject without a collect',
      { type: 'gauge', name: 'jobs', help: 'x', inject: [] },
      /"jobs".*collect/,
    ],
  ])('refuses %s', (_what, definition, message) => {
    expect(() => MetricsModule.forFeature([definition as never])).toThrow(message);
  });

  it.each([
    ['label', { label: ['a'] }],
    ['buckets', { buckets: [1] }],
  ])('stops the app where a definition has what means nothing: %s', async (option, more) => {
    const definition = { type: 'gauge', name: 'jobs', help: 'x', ...more } as never;
    await expect(startContext({ imports: [MetricsModule.forFeature([definition])] })).rejects.toThrow(
      `Metric "jobs", declared by MetricsService or MetricsModule.forFeature(): a gauge has no option "${option}"`,
    );
  });

  it('says that there is no forRoot()', async () => {
    const alone = Test.createTestingModule({ imports: [MetricsModule.forFeature([orders])] }).compile();
    await expect(alone).rejects.toThrow('"orders_total" needs MetricsModule.forRoot()');
  });

  it('stops the app where one metric has two collectors, of which one would be lost', async () => {
    const gauge = (collect: () => void): MetricProviderDefinition => ({
      type: 'gauge',
      name: 'jobs',
      help: 'x',
      collect,
    });
    const shared = (): void => {};
    const twice = [MetricsModule.forFeature([gauge(shared)]), MetricsModule.forFeature([gauge(shared)])];
    await startContext({ imports: twice });
    const two = [MetricsModule.forFeature([gauge(() => {})]), MetricsModule.forFeature([gauge(() => {})])];
    await expect(startContext({ imports: two })).rejects.toThrow(/"jobs" has two definitions.*collect/);
  });

  it("takes a test's own metric in its place", async () => {
    const fake = { inc: jest.fn() };
    const token = getMetricToken('orders_total');
    const alone = await Test.createTestingModule({
      providers: [Orders, { provide: token, useValue: fake }],
    }).compile();
    alone.get(Orders).metric.inc();
    const registry = new Registry();
    const whole = await Test.createTestingModule({
      imports: [
        MetricsModule.forRoot({ registry, processMetrics: false }),
        MetricsModule.forFeature([orders]),
      ],
      providers: [Orders],
    })
      .overrideProvider(token)
      .useValue(fake)
      .compile();
    whole.get(Orders).metric.inc();
    await whole.close();
    expect(fake.inc).toHaveBeenCalledTimes(2);
    expect(registry.getSingleMetric('orders_total')).toBeUndefined();
  });

  const others: [string, MetricProviderDefinition][] = [
    ['help', { type: 'counter', name: 'orders_total', help: 'Other.' }],
    ['type', { type: 'gauge', name: 'orders_total', help: 'Orders.' }],
  ];
  it.each(others)(
    'stops the app where one name has two definitions, which differ in %s',
    async (_what, other) => {
      await expect(startContext({ imports: [MetricsModule.forFeature([orders, other])] })).rejects.toThrow(
        /orders_total/,
      );
      const modules = [MetricsModule.forFeature([orders]), MetricsModule.forFeature([other])];
      await expect(startContext({ imports: modules })).rejects.toThrow(/orders_total.*two definitions/);
    },
  );

  it('stops the app where a counter and a gauge would share a token', async () => {
    const job = { name: 'jobs', help: 'Jobs.' };
    const definitions: MetricProviderDefinition[] = [
      { type: 'counter', ...job },
      { type: 'gauge', ...job },
    ];
    await expect(startContext({ imports: [MetricsModule.forFeature(definitions)] })).rejects.toThrow(
      /"jobs" has two definitions/,
    );
  });

  describe('calls collectors', () => {
    const depth = (name: string): MetricProviderDefinition => ({
      type: 'gauge',
      name,
      help: 'Depth.',
      inject: ['QUEUE'],
      async collect(this: Gauge, queue: { depth: number }) {
        await Promise.resolve();
        this.set(queue.depth);
      },
    });

    it('with the provider of the module that imports it, where several have one', async () => {
      const queue = (name: string, value: number) => {
        @Module({
          imports: [MetricsModule.forFeature([depth(name)])],
          providers: [{ provide: 'QUEUE', useValue: { depth: value } }],
        })
        class QueueModule {}
        return QueueModule;
      };
      const { registry } = await startContext({ imports: [queue('mails', 1), queue('jobs', 2)] });
      expect([await valueIn(registry, 'mails'), await valueIn(registry, 'jobs')]).toEqual([1, 2]);
    });

    it('with one that the importing module imports, or that is anywhere', async () => {
      @Module({ providers: [{ provide: 'QUEUE', useValue: { depth: 3 } }], exports: ['QUEUE'] })
      class QueueModule {}
      @Module({ imports: [QueueModule, MetricsModule.forFeature([depth('near')])] })
      class NearModule {}
      @Global()
      @Module({ providers: [{ provide: 'QUEUE', useValue: { depth: 4 } }] })
      class FirstModule {}
      const near = await startContext({ imports: [FirstModule, NearModule] });
      expect(await valueIn(near.registry, 'near')).toBe(3);
      @Module({ imports: [MetricsModule.forFeature([depth('far')])] })
      class FarModule {}
      const far = await startContext({ imports: [FirstModule, FarModule] });
      expect(await valueIn(far.registry, 'far')).toBe(4);
    });

    it.each([
      ['nobody has the provider', []],
      ['it is made for each request', [{ provide: 'QUEUE', useFactory: () => ({}), scope: Scope.REQUEST }]],
    ])('and stops the app where %s, which the error tells with the metric', async (_why, providers) => {
      const imports = [MetricsModule.forFeature([depth('none')])];
      await expect(startContext({ imports, providers })).rejects.toThrow(/forFeature\(\): "none".*QUEUE/);
    });
  });
});
