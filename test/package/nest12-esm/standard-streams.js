// Node makes the standard streams when they are first asked for; what an app does with them is its own affair.
import '@nestjs/core';
import 'prom-client';
import assert from 'node:assert/strict';

const opened = [];
for (const name of ['stdin', 'stdout', 'stderr']) {
  const { get } = Object.getOwnPropertyDescriptor(process, name);
  Object.defineProperty(process, name, {
    get() {
      opened.push(name);
      return get.call(this);
    },
    configurable: true,
  });
}
await import('nestjs-prometheus-exporter');
assert.deepEqual(opened, []);
