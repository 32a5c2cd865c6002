import { Controller, Get, UseGuards, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { describeHandler } from '../http/handler-record.js';
import { ScrapeGuard } from './scrape.guard.js';

/** What @nestjs/swagger's `ApiExcludeController()` writes. */
const HIDDEN_FROM_SWAGGER = 'swagger/apiExcludeController';

export interface MetricsControllerOptions {
  /** Default: `'/metrics'`; `placeEndpoint()` may set another one. */
  readonly path?: string | undefined;
  /** Class decorators, put on in this order, as Nest's `applyDecorators` does. */
  readonly decorators?: readonly ClassDecorator[] | undefined;
}

/**
 * Makes the controller of one endpoint: a class of its own for each, since its path and its decorators are
 * metadata of the class.
 */
export function makeMetricsController({
  path = '/metrics',
  decorators = [],
}: MetricsControllerOptions): Type {
  class MetricsController {
    scrape(): never {
      throw new Error('The guard before this has answered the scrape');
    }
  }
  for (const decorate of decorators) {
    decorate(MetricsController);
  }
  // After those of the user, so that none of these is undone.
  Reflect.decorate([Controller({ path, version: VERSION_NEUTRAL })], MetricsController);
  Reflect.defineMetadata(HIDDEN_FROM_SWAGGER, [true], MetricsController);
  decorateScrape(MetricsController.prototype);
  describeHandler(MetricsController.prototype.scrape, {
    controller: MetricsController,
    methodName: 'scrape',
    name: 'MetricsController.scrape',
    tracked: false,
    endpoint: true,
  });
  return MetricsController;
}

function decorateScrape(prototype: object): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'scrape') as PropertyDescriptor;
  Reflect.decorate([Get(), UseGuards(ScrapeGuard)], prototype, 'scrape', descriptor);
}
