// prom-client's index loads it, which would take as long as all of this package.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { MetricsModule } from 'nestjs-prometheus-exporter';

MetricsModule.forRoot();
const loaded = Object.keys(createRequire(import.meta.url).cache);
assert.ok(loaded.some((file) => file.includes('prom-client')));
assert.ok(!loaded.some((file) => file.includes('@opentelemetry')));
