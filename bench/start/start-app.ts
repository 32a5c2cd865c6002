import 'reflect-metadata';
import { Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { say } from '../lib/in-child.js';
import { CONTROLLERS, controllerClass } from './controllers.js';

/** Milliseconds. */
export interface Started {
  /** Since the process began. */
  sinceStart: number;
  /** Of these, in Nest: from `NestFactory.create` until the app listens. */
  inNest: number;
}

/** Starts the large app, and says how long that took. */
export async function startApp(
  httpAdapter: AbstractHttpAdapter,
  imports: NonNullable<ModuleMetadata['imports']> = [],
): Promise<void> {
  const controllers = Array.from({ length: CONTROLLERS }, (_, i) => controllerClass(i));

  @Module({ imports, controllers })
  class AppModule {}

  const before = performance.now();
  const app = await NestFactory.create(AppModule, httpAdapter, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  const now = performance.now();
  say({ sinceStart: now, inNest: now - before } satisfies Started);
}
