'use strict';
// prom-client's index loads it, which would take as long as all of this package; and its t-digest is for summaries.
const assert = require('node:assert/strict');
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { MetricsModule, MetricsService } = require('nestjs-prometheus-exporter');

const isLoaded = (name) => Object.keys(require.cache).some((file) => file.includes(name));

async function start() {
  class AppModule {}
  Module({ imports: [MetricsModule.forRoot()] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  assert.ok(isLoaded('prom-client'));
  assert.ok(!isLoaded('@opentelemetry'));
  assert.ok(!isLoaded('tdigest'));
  // Before it observes anything: to load a file may fail later.
  app.get(MetricsService).summary({ name: 'sizes', help: 'Sizes.', percentiles: [0.5] });
  assert.ok(isLoaded('tdigest'));
  await app.close();
}

start().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
