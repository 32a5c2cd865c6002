'use strict';
// prom-client's index loads it, which would take as long as all of this package.
const assert = require('node:assert/strict');
const { MetricsModule } = require('nestjs-prometheus-exporter');

MetricsModule.forRoot();
const loaded = Object.keys(require.cache);
assert.ok(loaded.some((file) => file.includes('prom-client')));
assert.ok(!loaded.some((file) => file.includes('@opentelemetry')));
