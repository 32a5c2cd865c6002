import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { adapter } from '../http/app.js';
import type { Platform } from '../http/platform.js';
import { say, settings } from '../lib/in-child.js';
import { CONTROLLERS, controllerClass } from './controllers.js';

/** Milliseconds. */
export interface Started {
  /** Since the process began. */
  sinceStart: number;
  /** Of these, in Nest: from `NestFactory.create` until the app listens. */
  inNest: number;
}

const { platform, withModule } = settings<{ platform: Platform; withModule: boolean }>();
const imports = withModule ? [(await import('nestjs-prometheus-exporter')).MetricsModule.forRoot()] : [];
const controllers = Array.from({ length: CONTROLLERS }, (_, i) => controllerClass(i));

@Module({ imports, controllers })
class AppModule {}

const httpAdapter = await adapter(platform);
const before = performance.now();
const app = await NestFactory.create(AppModule, httpAdapter, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const now = performance.now();
say({ sinceStart: now, inNest: now - before } satisfies Started);
