// Compiled in both apps: as CommonJS against Nest 11, as an ES module against Nest 12.
import 'reflect-metadata';
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Injectable, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import {
  basicAuth,
  bearerToken,
  Counted,
  DoNotTrack,
  ExcludeAllMetrics,
  Gauged,
  getMetricToken,
  InjectMetric,
  type MetricContext,
  MetricsModule,
  MetricsService,
  Timed,
} from 'nestjs-prometheus-exporter';
import { startClusterMetrics } from 'nestjs-prometheus-exporter/cluster';

@Injectable()
class CatsService {
  private readonly fed;

  constructor(metrics: MetricsService) {
    this.fed = metrics.counter({ name: 'cats_fed', help: 'Cats that were fed.', labelNames: ['food'] });
    // @ts-expect-error: no such label
    throws(() => this.fed.inc({ drink: 'milk' }));
    const asleep = metrics.gauge({ name: 'cats_asleep', help: 'Cats that sleep.' });
    // @ts-expect-error: no labels at all
    throws(() => asleep.set({ breed: 'Manx' }, 1));
    const registry: Registry = metrics.registry;
    ok(registry.getSingleMetric('cats_asleep'));
  }

  @Timed('cat_search_seconds', { buckets: [0.1, 1], labels: { by: 'id' } })
  @Gauged('cats_searching')
  find(id: string): Promise<{ id: string }> {
    this.fed.inc({ food: 'fish' });
    return Promise.resolve({ id });
  }
}

@Controller('cats')
class CatsController {
  constructor(
    private readonly cats: CatsService,
    @InjectMetric('cats_awake') readonly awake: { set(value: number): void },
  ) {
    awake.set(3);
  }

  @Get('hidden')
  @DoNotTrack()
  hidden(): string {
    return 'hidden';
  }

  @Get('secret')
  @ExcludeAllMetrics()
  secret(): string {
    return 'secret';
  }

  @Get(':id')
  @Counted('cats_found', { on: 'success', labels: { status: (context: MetricContext) => context.status } })
  find(@Param('id') id: string): Promise<{ id: string }> {
    return this.cats.find(id);
  }
}

@Module({
  imports: [
    MetricsModule.forRootAsync({
      useFactory: () => ({
        registry: new Registry(),
        defaultLabels: { app: 'cats' },
        endpoint: { authorize: basicAuth('scraper', 'secret') },
      }),
    }),
    MetricsModule.forFeature([{ type: 'gauge', name: 'cats_awake', help: 'Cats that are awake.' }]),
  ],
  controllers: [CatsController],
  providers: [CatsService],
})
class AppModule {}

async function main(platform: string | undefined): Promise<void> {
  const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(AppModule, adapter, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const get = async (path: string, headers = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers });

  for (const path of ['/cats/1', '/cats/2', '/cats/hidden', '/cats/secret', '/nowhere']) {
    await (await get(path)).text();
  }
  equal((await get('/metrics')).status, 401);
  const authorization = `Basic ${Buffer.from('scraper:secret').toString('base64')}`;
  const body = await (await get('/metrics', { authorization })).text();
  await app.close();

  const requests = body.split('\n').filter((line) => line.startsWith('http_requests_total{'));
  deepEqual(requests.map(parse).toSorted(byKey), [
    ['app="cats",method="GET",route="/cats/:id",status="200"', 2],
    ['app="cats",method="GET",route="unmatched",status="404"', 1],
  ]);
  for (const [sample, value] of [
    ['cats_found_total{app="cats",status="200"}', 2],
    ['cat_search_seconds_count{app="cats",by="id"}', 2],
    ['cats_searching{app="cats"}', 0],
    ['cats_fed_total{food="fish"}', 2],
    ['cats_awake{}', 3],
  ] as const) {
    const [name] = sample.split('{');
    const samples = body.split('\n').filter((line) => /^\w+/.exec(line)?.[0] === name);
    deepEqual(samples.map(parse), [[sample.slice(name!.length + 1, -1), value]]);
  }

  equal(typeof bearerToken('token'), 'function');
  ok(getMetricToken('cats_awake'));
  equal(typeof startClusterMetrics, 'function');
}

/** A sample line's labels, in order of their names, and its value. */
function parse(line: string): [string, number] {
  const [, labels = '', value] = /^\w+(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  return [labels.split(',').toSorted().join(), Number(value)];
}

function byKey([a]: [string, number], [b]: [string, number]): number {
  return a < b ? -1 : 1;
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
