import {
  Controller,
  Get,
  Module,
  Param,
  type INestApplication,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Platform } from './platform.js';

/** The controller of every variant but the decorated ones, which have the same with decorators. */
@Controller('users')
export class UsersController {
  @Get(':id')
  find(@Param('id') id: string): { id: string } {
    return { id };
  }
}

/** The app that all variants measure, with what a variant adds to its module. */
export async function createApp(
  platform: Platform,
  metadata: ModuleMetadata = {},
  controller: Type = UsersController,
): Promise<INestApplication> {
  @Module({ ...metadata, controllers: [controller] })
  class AppModule {}
  return NestFactory.create(AppModule, await adapter(platform), { logger: ['error'] });
}

async function adapter(platform: Platform) {
  return platform === 'express'
    ? new (await import('@nestjs/platform-express')).ExpressAdapter()
    : new (await import('@nestjs/platform-fastify')).FastifyAdapter();
}
