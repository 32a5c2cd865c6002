'use strict';
// Plain JavaScript has no decorator syntax: they are called.
require('reflect-metadata');
const { Controller, Get, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { ExpressAdapter } = require('@nestjs/platform-express');
const { FastifyAdapter } = require('@nestjs/platform-fastify');
const { Counted, MetricsModule } = require('nestjs-prometheus-exporter');

const adapters = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() };

class CatsController {
  find() {
    return { name: 'Tom' };
  }
}
const find = Object.getOwnPropertyDescriptor(CatsController.prototype, 'find');
Counted('cats_found')(CatsController.prototype, 'find', find);
Get(':id')(CatsController.prototype, 'find', find);
Controller('cats')(CatsController);

/** Starts an app, asks it for two cats, and gives what it says of them. */
exports.scrapeAfterTwoCats = async function scrapeAfterTwoCats(platform, options) {
  class AppModule {}
  Module({ imports: [MetricsModule.forRoot(options)], controllers: [CatsController] })(AppModule);
  const app = await NestFactory.create(AppModule, adapters[platform](), { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  try {
    const url = `http://127.0.0.1:${app.getHttpServer().address().port}`;
    for (const id of [1, 2]) await (await fetch(`${url}/cats/${id}`)).text();
    const response = await fetch(`${url}/metrics`);
    return { status: response.status, body: await response.text() };
  } finally {
    await app.close();
  }
};

/** The value of the one sample that has this name and these labels, in whatever order they come. */
exports.sampleValue = function sampleValue(body, name, labels) {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const values = body
    .split('\n')
    .map((line) => /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line))
    .filter((sample) => sample?.[1] === name)
    .filter(([, , found = '']) => found.split(',').toSorted().join() === wanted.toSorted().join())
    .map(([, , , value]) => Number(value));
  if (values.length !== 1) throw new Error(`${values.length} samples of ${name} with ${wanted} in:\n${body}`);
  return values[0];
};
