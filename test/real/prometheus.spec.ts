import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../sample/app.module.js';
import { closeApps } from '../support/metrics-app.js';
import { addForeign, startEverything } from './everything.js';
import { Prometheus } from './prometheus-server.js';

let sample: INestApplication | undefined;

afterEach(async () => {
  await Prometheus.stopAll();
  await sample?.close();
  sample = undefined;
  await closeApps();
});

describe("Debian's Prometheus", () => {
  it('scrapes the sample, and counts what was requested', async () => {
    sample = await NestFactory.create(AppModule, { logger: false });
    await sample.listen(0, '127.0.0.1');
    const url = await sample.getUrl();
    const prometheus = await Prometheus.start(new URL(url).host);
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
  });

  it('counts each outcome of an app', async () => {
    const app = await startEverything();
    const prometheus = await Prometheus.start(new URL(app.url).host);
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
    const inText = Object.fromEntries(
      Object.entries(readByPython('text', before.body)).map(([key, value]) => [
        key.replace('foreign_plain_total', 'foreign_plain'),
        value,
      ]),
    );
    // OpenMetrics has no sums and quantiles below 0, and no count of a histogram without its sum.
    const forbidden = [
      '["foreign_degrees_count", {"a": "y"}]',
      '["foreign_degrees_sum", {"a": "y"}]',
      '["profit_euros", {"quantile": "0.1"}]',
      '["profit_euros", {"quantile": "0.9"}]',
      '["profit_euros_sum", {}]',
      '["temperature_celsius_count", {}]',
      '["temperature_celsius_sum", {}]',
    ];
    const text = Object.fromEntries(Object.entries(inText).filter(([key]) => !forbidden.includes(key)));
    expect(Object.keys(inText)).toHaveLength(Object.keys(text).length + forbidden.length);
    const openmetrics = readByPython('openmetrics', scraped.body);
    // A kind of garbage collection may have come for the first time between the two scrapes.
    const isNewKind = (key: string): boolean => key.startsWith('["nodejs_gc_') && !(key in text);
    const keys = Object.keys(openmetrics).filter((key) => !isNewKind(key));
    expect(keys.sort()).toEqual(Object.keys(text).sort());
    const isProcess = (key: string): boolean => /^\["(process|nodejs)_/.test(key);
    const own = Object.keys(text).filter((key) => !isProcess(key));
    expect(own.length).toBeGreaterThan(90);
    for (const key of own) {
      expect([key, openmetrics[key]?.[0]]).toEqual([key, text[key]?.[0]]);
    }
    expect(Object.values(openmetrics).filter(([, hasExemplar]) => hasExemplar)).toHaveLength(3);
    expect(scraped.body).toContain('jobs_created{');
  });
});
