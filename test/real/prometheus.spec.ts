import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../sample/app.module.js';
import { closeApps } from '../support/metrics-app.js';
import { addForeign, startEverything } from './everything.js';

afterEach(closeApps);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

class Prometheus {
  private constructor(
    private readonly url: string,
    private readonly process: ChildProcess,
    private readonly directory: string,
  ) {}

  static async start(target: string): Promise<Prometheus> {
    const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const config = join(directory, 'prometheus.yml');
    writeFileSync(
      config,
      `scrape_configs:\n  - job_name: app\n    scrape_interval: 1s\n    scrape_timeout: 1s\n    static_configs: [{ targets: ['${target}'] }]\n`,
    );
    const url = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [`--config.file=${config}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${url}`],
      { stdio: 'ignore' },
    );
    const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
    failed.catch(() => undefined);
    const prometheus = new Prometheus(`http://${url}`, child, directory);
    await Promise.race([failed, prometheus.until('up == 1', (values) => values.length === 1)]);
    return prometheus;
  }

  /** The values that a PromQL query gives. */
  async query(query: string): Promise<number[]> {
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result.map(({ value }) => Number(value[1]));
  }

  async until(query: string, isEnough: (values: number[]) => boolean): Promise<number[]> {
    for (let i = 0; i < 150; i++) {
      const values = await this.query(query).catch(() => []);
      if (isEnough(values)) {
        return values;
      }
      await wait(100);
    }
    throw new Error(`Prometheus never gave what was expected of ${query}`);
  }

  async stop(): Promise<void> {
    this.process.kill();
    await once(this.process, 'exit');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

describe("Debian's Prometheus", () => {
  it('scrapes the sample, and counts what was requested', async () => {
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const prometheus = await Prometheus.start(new URL(url).host);
    try {
      const wanted = { '200': 0, '404': 0 } as Record<string, number>;
      for (const [path, times] of [
        ['/products', 7],
        ['/nowhere', 5],
        ['/orders/none', 3],
      ] as const) {
        for (let i = 0; i < times; i++) {
          const { status } = await fetch(url + path);
          wanted[status] = (wanted[status] ?? 0) + 1;
        }
      }
      const total = Object.values(wanted).reduce((a, b) => a + b);
      await prometheus.until('sum(http_requests_total)', ([sum]) => sum === total);
      for (const [status, times] of Object.entries(wanted)) {
        expect([status, await prometheus.query(`sum(http_requests_total{status="${status}"})`)]).toEqual([
          status,
          [times],
        ]);
      }
      expect(await prometheus.query('sum(http_requests_total{route="unmatched",status="404"})')).toEqual([5]);
      expect(await prometheus.query('sum(http_request_duration_seconds_count)')).toEqual([total]);
      expect(await prometheus.query('up')).toEqual([1]);
    } finally {
      await prometheus.stop();
      await app.close();
    }
  });

  it('counts each outcome of an app', async () => {
    const app = await startEverything();
    const prometheus = await Prometheus.start(new URL(app.url).host);
    try {
      const outcomes = { '/ok': 200, '/bad': 400, '/forbidden': 403, '/broken': 500, '/none': 404 };
      let times = 1;
      for (const [path, status] of Object.entries(outcomes)) {
        times += 2;
        for (let i = 0; i < times; i++) {
          expect((await app.request(path)).status).toBe(status);
        }
      }
      await prometheus.until('sum(http_requests_total)', ([sum]) => sum === 3 + 5 + 7 + 9 + 11);
      expect(await prometheus.query('http_requests_total{status="200",route="/ok"}')).toEqual([3]);
      expect(await prometheus.query('http_requests_total{status="400",route="/bad"}')).toEqual([5]);
      expect(await prometheus.query('http_requests_total{status="403",route="/forbidden"}')).toEqual([7]);
      expect(await prometheus.query('http_requests_total{status="500",route="/broken"}')).toEqual([9]);
      expect(await prometheus.query('http_request_exceptions_total')).toEqual([9]);
      expect(await prometheus.query('http_requests_total{route="unmatched"}')).toEqual([11]);
      expect(await prometheus.query('jobs_total{kind="line\\nbreak"}')).toEqual([4]);
    } finally {
      await prometheus.stop();
    }
  });
});

describe('promtool', () => {
  it("finds no fault with this package's own metrics", async () => {
    const app = await startEverything();
    await app.request('/ok');
    const { body } = await app.request('/metrics');
    const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
      input: body,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr, error }).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
      error: undefined,
    });
  });
});

const READ = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text
read = openmetrics if sys.argv[1] == 'openmetrics' else text
samples = {}
for family in read(sys.stdin.read()):
    for s in family.samples:
        if not s.name.endswith('_created'):
            samples[json.dumps([s.name, s.labels], sort_keys=True)] = [repr(float(s.value)), bool(getattr(s, 'exemplar', None))]
print(json.dumps(samples))
`;

function readByPython(format: 'openmetrics' | 'text', body: string): Record<string, [string, boolean]> {
  const { status, stdout, stderr, error } = spawnSync('/usr/bin/python3', ['-c', READ, format], {
    input: body,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  expect({ status, stderr, error }).toEqual({ status: 0, stderr: '', error: undefined });
  return JSON.parse(stdout) as Record<string, [string, boolean]>;
}

describe("Python's strict OpenMetrics parser", () => {
  it('reads all metrics, and gives the values of the text format', async () => {
    const app = await startEverything({ processMetrics: true, createdTimestamps: true });
    addForeign(app.registry);
    await app.request('/ok');
    const accept = 'application/openmetrics-text; version=1.0.0';
    const before = await app.request('/metrics');
    const scraped = await app.request('/metrics', { headers: { accept } });
    expect(scraped.headers.get('content-type')).toContain('openmetrics-text; version=1.0.0');
    // Python's text parser puts _total on every counter, also on one that other code named without.
    const text = Object.fromEntries(
      Object.entries(readByPython('text', before.body)).map(([key, value]) => [
        key.replace('foreign_plain_total', 'foreign_plain'),
        value,
      ]),
    );
    const openmetrics = readByPython('openmetrics', scraped.body);
    expect(Object.keys(openmetrics).sort()).toEqual(Object.keys(text).sort());
    const isProcess = (key: string): boolean => /^\["(process|nodejs)_/.test(key);
    const own = Object.keys(text).filter((key) => !isProcess(key));
    expect(own.length).toBeGreaterThan(90);
    for (const key of own) {
      expect([key, openmetrics[key]?.[0]]).toEqual([key, text[key]?.[0]]);
    }
    expect(Object.values(openmetrics).filter(([, hasExemplar]) => hasExemplar)).toHaveLength(2);
    expect(scraped.body).toContain('jobs_created{');
  });
});
