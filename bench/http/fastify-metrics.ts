import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fastifyMetrics from 'fastify-metrics';
import { createApp } from './app.js';
import type { Platform } from './platform.js';

type Client = NonNullable<Parameters<typeof fastifyMetrics.default>[1]['promClient']>;

/** fastify-metrics with its defaults: a histogram and a summary of every route. */
export async function createWithFastifyMetrics(
  platform: Platform,
  client: unknown,
): Promise<INestApplication> {
  const app = (await createApp(platform)) as NestFastifyApplication;
  await app.register(fastifyMetrics.default as never, { endpoint: '/metrics', promClient: client as Client });
  return app;
}
