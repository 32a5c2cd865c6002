import { Controller, Get, Param, Post, type Type } from '@nestjs/common';

export const CONTROLLERS = 200;
export const HANDLERS = 10;

/** A controller with ten handlers at paths of its own. */
export function controllerClass(number: number): Type {
  @Controller(`resource-${number}`)
  class ResourceController {}
  for (let handler = 0; handler < HANDLERS; handler++) {
    addHandler(ResourceController.prototype, handler);
  }
  return ResourceController;
}

function addHandler(prototype: object, number: number): void {
  const name = `handle${number}`;
  const value = (id: string) => ({ id });
  const descriptor = { value, writable: true, configurable: true };
  Object.defineProperty(prototype, name, descriptor);
  Param('id')(prototype, name, 0);
  const route = number % 2 === 0 ? Get(`${number}/:id`) : Post(`${number}/:id`);
  route(prototype, name, descriptor);
}
