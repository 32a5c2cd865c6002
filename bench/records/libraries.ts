import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

export const libraries = [
  'prom-client',
  '@platformatic/prom-client',
  '@prometheus-io/client',
  'nestjs-prometheus-exporter',
] as const;

export type Library = (typeof libraries)[number];

export type Labels = Record<string, string>;

/** What is recorded on a metric or, without the labels, on one of its label sets. */
export interface Counter {
  inc(): void;
  inc(labels: Labels): void;
  labels(...values: string[]): { inc(): void };
}
export interface Gauge {
  set(value: number): void;
  set(labels: Labels, value: number): void;
  labels(...values: string[]): { set(value: number): void };
}
export interface Histogram {
  observe(value: number): void;
  observe(labels: Labels, value: number): void;
  labels(...values: string[]): { observe(value: number): void };
}

/** What the libraries have in common. */
export interface Client {
  counter(name: string, labelNames: string[]): Counter;
  gauge(name: string, labelNames: string[]): Gauge;
  histogram(name: string, labelNames: string[]): Histogram;
  /** The text that a scrape would get. */
  render(): Promise<string>;
}

export async function load(library: Library): Promise<Client> {
  return library === 'nestjs-prometheus-exporter' ? ours() : promClient(library);
}

async function ours(): Promise<Client> {
  const { MetricsModule, MetricsService } = await import('nestjs-prometheus-exporter');
  @Module({ imports: [MetricsModule.forRoot({ processMetrics: false })] })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  const metrics = app.get(MetricsService);
  return {
    counter: (name, labelNames) => metrics.counter<string>({ name, help: name, labelNames }),
    gauge: (name, labelNames) => metrics.gauge<string>({ name, help: name, labelNames }),
    histogram: (name, labelNames) => metrics.histogram<string>({ name, help: name, labelNames }),
    render: async () => (await metrics.render()).body,
  };
}

/** prom-client, or a fork with the same interface. */
async function promClient(library: Exclude<Library, 'nestjs-prometheus-exporter'>): Promise<Client> {
  const { default: client } = (await import(library)) as { default: typeof import('prom-client') };
  return {
    counter: (name, labelNames) => new client.Counter({ name, help: name, labelNames }),
    gauge: (name, labelNames) => new client.Gauge({ name, help: name, labelNames }),
    histogram: (name, labelNames) => new client.Histogram({ name, help: name, labelNames }),
    render: () => client.register.metrics(),
  };
}
