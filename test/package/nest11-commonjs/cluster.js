'use strict';
// A primary process that serves no app must not have to load Nest.
const assert = require('node:assert/strict');
const { startClusterMetrics } = require('nestjs-prometheus-exporter/cluster');

assert.equal(typeof startClusterMetrics, 'function');
assert.deepEqual(
  Object.keys(require.cache).filter((file) => /node_modules[\\/]@nestjs[\\/]/.test(file)),
  [],
);

require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { MetricsModule, MetricsService } = require('nestjs-prometheus-exporter');

async function runMember() {
  class AppModule {}
  Module({ imports: [MetricsModule.forRoot({ cluster: true })] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  assert.match((await app.get(MetricsService).render()).body, /^exporter_info\{/m);
  await app.close();
}

runMember().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
