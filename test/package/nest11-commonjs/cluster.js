'use strict';
// A primary process that serves no app must not have to load Nest.
const assert = require('node:assert/strict');
const { startClusterMetrics } = require('nestjs-prometheus-exporter/cluster');

assert.equal(typeof startClusterMetrics, 'function');
assert.deepEqual(
  Object.keys(require.cache).filter((file) => /node_modules[\\/]@nestjs[\\/]/.test(file)),
  [],
);
