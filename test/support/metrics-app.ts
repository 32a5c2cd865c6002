import 'reflect-metadata';
import {
  Module,
  type INestApplication,
  type INestApplicationContext,
  type ModuleMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import { MetricsModule, type MetricsOptions } from '../../src/index.js';

export type Platform = 'express' | 'fastify';
export const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

export interface MetricsAppSetup extends ModuleMetadata {
  options?: MetricsOptions;
  platform?: Platform;
  /** Between creation and `listen`. */
  prepare?: (app: INestApplication) => void | Promise<void>;
}

const open = new Set<{ close(): Promise<void> }>();

/** Closes all apps that the test has not closed itself. */
export async function closeApps(): Promise<void> {
  await Promise.all([...open].map((app) => app.close()));
  open.clear();
}

export class RunningApp {
  constructor(
    readonly app: INestApplication,
    readonly registry: Registry,
    readonly url: string,
  ) {}

  get<T>(token: Parameters<INestApplication['get']>[0]): T {
    return this.app.get<T>(token as never, { strict: false });
  }

  async request(
    path: string,
    init?: RequestInit,
  ): Promise<{ status: number; body: string; headers: Headers }> {
    const response = await fetch(this.url + path, init);
    return { status: response.status, body: await response.text(), headers: response.headers };
  }

  value(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
    return valueIn(this.registry, name, labels);
  }

  async close(): Promise<void> {
    open.delete(this);
    await this.app.close();
  }
}

/** A Nest app with the module, on Express unless told otherwise, with a registry of its own and no process metrics. */
export async function startApp({
  options = {},
  platform = 'express',
  prepare,
  imports = [],
  ...metadata
}: MetricsAppSetup): Promise<RunningApp> {
  const registry = (options.registry as Registry | undefined) ?? new Registry();
  class AppModule {}
  Module({
    ...metadata,
    imports: [MetricsModule.forRoot({ processMetrics: false, ...options, registry }), ...imports],
  })(AppModule);
  const app =
    platform === 'fastify'
      ? await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), settings)
      : await NestFactory.create(AppModule, settings);
  await prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const running = new RunningApp(app, registry, await app.getUrl());
  open.add(running);
  return running;
}

const settings = { logger: false, abortOnError: false } as const;

/** The same without HTTP. */
export async function startContext({
  options = {},
  imports = [],
  ...metadata
}: MetricsAppSetup): Promise<{ app: INestApplicationContext; registry: Registry }> {
  const registry = (options.registry as Registry | undefined) ?? new Registry();
  class AppModule {}
  Module({
    ...metadata,
    imports: [MetricsModule.forRoot({ processMetrics: false, ...options, registry }), ...imports],
  })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, settings);
  open.add(app);
  return { app, registry };
}

/** The value of the one sample with these labels among its own; `undefined` where there is none. */
export async function valueIn(
  registry: Registry,
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const wanted = Object.entries(labels);
  const found: number[] = [];
  for (const metric of await registry.getMetricsAsJSON()) {
    for (const sample of metric.values as {
      value: number;
      labels: Record<string, unknown>;
      metricName?: string;
    }[]) {
      if (
        (sample.metricName ?? metric.name) === name &&
        wanted.every(([label, value]) => String(sample.labels[label]) === value)
      ) {
        found.push(sample.value);
      }
    }
  }
  if (found.length > 1) {
    throw new Error(`${found.length} samples of ${name} have these labels`);
  }
  return found[0];
}
