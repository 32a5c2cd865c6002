import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Counter as PromCounter, Registry } from 'prom-client';
import { joinCluster } from '../../src/cluster/join-cluster.js';
import type { Message } from '../../src/cluster/protocol.js';
import { registrySource } from '../../src/endpoint/registry-source.js';
import { valueOf } from './harness.js';
import { SmallCluster } from './in-process.js';

const HELLO: Message = { kind: 'hello', member: 1, prefix: '' };

// In a file of its own: an app in this process is part of every hub that comes after.
it('a scrape is answered whose scraper waits for less than the hub does for a member that hangs', async () => {
  const cluster = new SmallCluster(500);
  cluster.hub.attach(
    { send: async () => {}, listen: (hear) => setImmediate(hear, HELLO), close: () => {} },
    'mute',
  );
  const registry = new Registry();
  new PromCounter({ name: 'jobs_total', help: 'x', registers: [registry] }).inc();
  const onCollectError = (): void => {};
  const own = registrySource(registry, { created: false, onCollectError });
  const place = joinCluster({ registry, prefix: '', onCollectError }, own);
  await pause(50);
  const { signal } = new AbortController();
  const chunks = [];
  for await (const chunk of place.source.read({ accept: undefined, names: [], timeoutMs: 400, signal })) {
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  expect(valueOf(text, 'jobs_total')).toBe(1);
  expect(valueOf(text, 'exporter_workers_missing')).toBe(1);
  cluster.hub.close();
  await place.close();
});
