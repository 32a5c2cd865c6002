import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { build } from '../cluster/build.js';
import { Primary } from '../cluster/harness.js';
import { replaceWorkers } from '../cluster/replaced-workers.js';

const SECONDS = Number(process.env['CLUSTER_SECONDS'] ?? 8);
const INTERVAL = 1000;

describe('a cluster that Prometheus scrapes', () => {
  let built: ReturnType<typeof build>;
  let primary: Primary;
  let prometheus: ChildProcess;
  let url: string;
  let directory: string;

  beforeAll(() => {
    built = build('real');
  });
  afterAll(() => built.remove());

  beforeEach(async () => {
    primary = await Primary.start(built.fixture('primary.js'), [
      built.fixture('app-worker.js'),
      `${INTERVAL}`,
    ]);
    directory = mkdtempSync(join(tmpdir(), 'cluster-prometheus-'));
    const config = `scrape_configs:
  - job_name: cluster
    scrape_interval: 1s
    scrape_timeout: 1s
    static_configs: [{ targets: ['127.0.0.1:${primary.port}'] }]
`;
    writeFileSync(join(directory, 'prometheus.yml'), config);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    await ready(`${url}/-/ready`);
  }, 60_000);

  afterEach(async () => {
    prometheus.kill();
    await once(prometheus, 'exit');
    await primary.end();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(['disconnect', 'SIGKILL'] as const)(
    'shows no resets while workers end by %s',
    async (how) => {
      const { falls, answered, counted, replaced, scrapes } = await replaceWorkers(primary, {
        how,
        seconds: SECONDS,
        workers: 4,
        every: 500,
        scrapeEvery: 250,
      });
      console.log(
        `${how}: ${replaced.size} workers replaced, ${answered.length} requests answered, ${counted} counted, ${scrapes} scrapes`,
      );
      expect(falls).toEqual([]);
      if (how === 'disconnect') {
        expect(counted).toBe(answered.length);
      } else {
        const lost = answered.filter(
          ({ worker, at }) => at > (replaced.get(worker) ?? Infinity) - INTERVAL - 250,
        );
        expect(counted).toBeGreaterThanOrEqual(answered.length - lost.length);
      }
      const resets = await resetsByName(url);
      expect(resets.size).toBeGreaterThan(0);
      expect([...resets].filter(([, count]) => count !== 0)).toEqual([]);
    },
    SECONDS * 1000 + 90_000,
  );

  it('keeps the event loop of the primary and its memory free', async () => {
    await primary.end();
    const worker = built.fixture('big-worker.js');
    primary = await Primary.start(built.fixture('primary.js'), [worker, '1000', '5000']);
    const workers = await Promise.all([1, 2, 3, 4].map(() => primary.fork()));
    await primary.scrape();
    await primary.measure();
    for (let i = 0; i < 10; i++) {
      await primary.scrape();
    }
    const { block, heap } = await primary.measure();
    console.log(`scrapes of 4 workers with 35 000 series each: longest block ${block.toFixed(1)} ms`);
    for (const { id } of workers) {
      primary.do('SIGKILL', id);
      await primary.fork();
    }
    await primary.scrape();
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const after = await primary.measure();
    console.log(
      `longest block while 4 such workers join: ${after.block.toFixed(1)} ms; heap ${heap} -> ${after.heap}`,
    );
    expect(after.heap).toBeLessThan(heap * 1.3);
  }, 90_000);
});

/** How often each count fell, as Prometheus saw it; process metrics end with their worker. */
async function resetsByName(url: string): Promise<Map<string, number>> {
  const { data: names } = await ask<string[]>(`${url}/api/v1/label/__name__/values`);
  const resets = new Map<string, number>();
  for (const name of names.filter((one) => /(_total|_bucket|_count|_sum)$/.test(one))) {
    const query = encodeURIComponent(`sum(resets(${name}{worker=""}[5m]))`);
    const { data } = await ask<{ result: { value: [number, string] }[] }>(
      `${url}/api/v1/query?query=${query}`,
    );
    for (const { value } of data.result) {
      resets.set(name, Number(value[1]));
    }
  }
  return resets;
}

async function ask<T>(url: string): Promise<{ data: T }> {
  return (await fetch(url)).json() as Promise<{ data: T }>;
}

async function ready(url: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const isReady = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Nothing answers at ${url}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
