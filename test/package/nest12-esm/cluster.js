import assert from 'node:assert/strict';
import { startClusterMetrics } from 'nestjs-prometheus-exporter/cluster';

assert.equal(typeof startClusterMetrics, 'function');
