import { BadRequestException, Controller, ForbiddenException, Get, Injectable } from '@nestjs/common';
import { Counter as PromCounter, Histogram as PromHistogram, type Registry } from 'prom-client';
import { Counted, Gauged, MetricsService, Timed, type MetricsOptions } from '../../src/index.js';
import { startApp, type RunningApp } from '../support/metrics-app.js';

@Injectable()
class Jobs {
  @Counted('jobs', { help: 'Jobs "done" \\ by\nkind.', labels: { kind: (c) => c.args[0] as string } })
  @Timed('job_seconds')
  @Timed('job_quantiles_seconds', { type: 'summary', percentiles: [0.5, 0.99] })
  @Gauged('jobs_running')
  @Counted()
  @Gauged()
  @Timed()
  run(_kind: string): void {}
}

@Controller()
class Pages {
  @Get('ok') ok(): string {
    return 'ok';
  }
  @Get('bad') bad(): string {
    throw new BadRequestException();
  }
  @Get('forbidden') forbidden(): string {
    throw new ForbiddenException();
  }
  @Get('broken') broken(): string {
    throw new Error('broken');
  }
}

export const KINDS = ['plain', 'qu"ote', 'back\\slash', 'line\nbreak', 'comma,colon:brace}', 'مرحبا', '😀'];

/** An app with every kind of metric, on loopback. */
export async function startEverything(options: MetricsOptions = {}): Promise<RunningApp> {
  const app = await startApp({
    controllers: [Pages],
    providers: [Jobs],
    options: { info: { version: '1.0.3' }, ...options, http: { sizes: true } },
  });
  KINDS.forEach((kind, i) => {
    for (let n = 0; n <= i; n++) app.get<Jobs>(Jobs).run(kind);
  });
  const service = app.get<MetricsService>(MetricsService);
  service.gauge({ name: 'queue_length', help: 'Jobs that wait.' }).set(3.25);
  service.summary({ name: 'order_value_euros', help: 'Value of orders.' }).observe(12.5);
  service.summary({ name: 'profit_euros', help: 'Profits.', percentiles: [0.1, 0.9] }).observe(-2.5);
  service.histogram({ name: 'temperature_celsius', help: 'Degrees.', buckets: [0.5, 20] }).observe(-7.5);
  return app;
}

/** Metrics that other code makes straight with prom-client. */
export function addForeign(registry: Registry): void {
  registry.setContentType('application/openmetrics-text; version=1.0.0; charset=utf-8' as never);
  const settings = { help: 'x', enableExemplars: true, registers: [registry] };
  const counter = new PromCounter({ name: 'foreign_total', ...settings });
  counter.inc({ exemplarLabels: { trace: 'abc' }, value: 2 } as never);
  new PromCounter({ name: 'foreign_plain', help: 'x', registers: [registry] }).inc(4);
  const histogram = new PromHistogram({ name: 'foreign_seconds', ...settings });
  histogram.observe({ exemplarLabels: { trace: 'def' }, value: 0.3 } as never);
  const unbounded = new PromHistogram({
    name: 'foreign_degrees',
    buckets: [1, Infinity],
    labelNames: ['a'],
    ...settings,
  });
  unbounded.observe({ labels: { a: 'x' }, exemplarLabels: { trace: 'ghi' }, value: 7 } as never);
  unbounded.observe({ labels: { a: 'y' }, exemplarLabels: {}, value: -7 } as never);
}
