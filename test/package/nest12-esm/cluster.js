import assert from 'node:assert/strict';
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MetricsModule, MetricsService } from 'nestjs-prometheus-exporter';
import { startClusterMetrics } from 'nestjs-prometheus-exporter/cluster';

assert.equal(typeof startClusterMetrics, 'function');

class AppModule {}
Module({ imports: [MetricsModule.forRoot({ cluster: true })] })(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
assert.match((await app.get(MetricsService).render()).body, /^exporter_info\{/m);
await app.close();
