import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Registry, type Metric } from 'prom-client';
import { MetricsService, PushError, PushService, type PushOptions } from '../../src/index.js';
import { build } from '../cluster/build.js';
import { runScript } from '../push/run-script.js';
import { closeApps, startContext } from '../support/metrics-app.js';
import { parseExposition, type ParsedSample } from '../support/parse-exposition.js';
import { addForeign, startEverything } from './everything.js';
import { Pushgateway } from './pushgateway.js';

let gateway: Pushgateway;

beforeAll(async () => {
  gateway = await Pushgateway.start();
});
afterEach(closeApps);
afterAll(() => gateway?.kill());

const start = async (options: Omit<PushOptions, 'url'> & { url?: string }, registry = new Registry()) => {
  const push = { url: gateway.url, onShutdown: 'none' as const, ...options };
  const { app } = await startContext({ options: { push, registry } });
  const metrics = app.get(MetricsService);
  const set = (name: string, value: number): void => metrics.gauge({ name, help: 'x' }).set(value);
  return { app, push: app.get(PushService), metrics, set };
};

const failureOf = async (work: Promise<void>): Promise<PushError> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PushError);
  return error as PushError;
};

describe("Debian's Pushgateway", () => {
  it('replaces the group at PUT, the metrics of the same names at POST, and deletes it', async () => {
    const labels = { job: 'methods' };
    const first = await start(labels);
    first.set('kept', 1);
    first.set('changed', 1);
    await first.push.push();
    const second = await start(labels);
    second.set('changed', 2);
    await second.push.pushAdd();
    expect(await gateway.value('kept', labels)).toBe(1);
    expect(await gateway.value('changed', labels)).toBe(2);
    await second.push.push();
    expect(await gateway.value('kept', labels)).toBeUndefined();
    expect(await gateway.value('changed', labels)).toBe(2);
    await second.push.delete();
    await gateway.until('changed', labels, undefined);
    expect(await gateway.samples(labels)).toEqual([]);
  });

  it('has all that a text scrape gives', async () => {
    const push = { url: gateway.url, job: 'everything', onShutdown: 'none' } as const;
    const app = await startEverything({ push, processMetrics: true });
    addForeign(app.registry);
    const withTime = {
      name: 'with_time',
      help: 'x',
      type: 'gauge',
      get: async () => ({ name: 'with_time', values: [{ labels: {}, value: 5, timestamp: 1700000000000 }] }),
    };
    app.registry.registerMetric(withTime as unknown as Metric);
    await app.request('/ok');
    const { body } = await app.request('/metrics');
    await app.get<PushService>(PushService).push();
    // The gateway adds its own labels, and writes bounds as Go does: `1` for `1.0`.
    const keyOf = ({ name, labels }: ParsedSample): string => {
      const own = Object.entries(labels)
        .filter(([label]) => label !== 'job' && label !== 'instance')
        .map(([label, value]) => `${label}: ${/^(le|quantile)$/.test(label) ? parseFloat(value) : value}`);
      return [name, ...own.sort()].join(', ');
    };
    const isProcess = (name: string): boolean => /^(process|nodejs)_/.test(name);
    const read = (samples: ParsedSample[]): [string, number | null][] =>
      samples
        .filter(({ name }) => !/^push_(failure_)?time_seconds$/.test(name))
        .map((sample) => [keyOf(sample), isProcess(sample.name) ? null : sample.value]);
    const pushed = new Map(read(await gateway.samples({ job: 'everything', instance: '' })));
    const scraped = new Map(read(parseExposition(body).flatMap((family) => family.samples)));
    expect(scraped.size).toBeGreaterThan(150);
    expect(Object.fromEntries(pushed)).toEqual(Object.fromEntries(scraped));
    expect(await gateway.value('with_time', { job: 'everything' })).toBe(5);
  });

  it.each<[string, string, Record<string, string | number>]>([
    ['words', 'some-job_1.5~', { zone: 'eu-1' }],
    ['slashes', 'a/b/c', { path: '/var/tmp/', end: 'x/' }],
    ['spaces and signs', 'a b + c', { query: '?a=b&c#d', percent: '%2F 100%', quote: '"\\\n' }],
    ['Unicode', 'Προμηθεύς', { smile: '😀', arabic: 'مرحبا' }],
    ['dots', '..', { one: '.', two: '..', hidden: '.x' }],
    ['numbers', '1', { shard: 7 }],
    ['what looks like base64', 'YS9i', { a: 'job@base64', b: '=' }],
  ])('has groups whose labels are %s', async (_what, job, grouping) => {
    const { push, set } = await start({ job, grouping });
    set('grouped', 42);
    await push.push();
    const labels = {
      job,
      ...Object.fromEntries(Object.entries(grouping).map(([name, value]) => [name, String(value)])),
    };
    expect(await gateway.value('grouped', labels)).toBe(42);
    const group = (await gateway.groups()).find((one) => one.labels['job'] === job);
    expect(group?.labels).toEqual(labels);
    expect(group).toHaveProperty('grouped');
    await push.delete();
    await gateway.until('grouped', labels, undefined);
  });

  it('has a group with an empty label', async () => {
    const { push, set } = await start({ job: 'empty', grouping: { zone: '', shard: 1 } });
    set('grouped', 42);
    await push.push();
    expect(await gateway.value('grouped', { job: 'empty', shard: '1' })).toBe(42);
  });

  it("puts the group's labels over those of the metrics", async () => {
    const { push, metrics } = await start({ job: 'over', grouping: { zone: 'eu' } });
    metrics.gauge({ name: 'zoned', help: 'x', labelNames: ['zone'] }).set({ zone: 'us' }, 1);
    await push.push();
    expect((await gateway.samples({ job: 'over' })).find(({ name }) => name === 'zoned')?.labels).toEqual({
      job: 'over',
      instance: '',
      zone: 'eu',
    });
  });

  it('refuses what is inconsistent, and the push says so', async () => {
    const labels = { job: 'inconsistent' };
    const { push, metrics, set } = await start({ ...labels, grouping: { zone: 'eu' } });
    const gauge = metrics.gauge({ name: 'zoned_twice', help: 'x', labelNames: ['zone'] });
    gauge.set({ zone: 'eu' }, 1);
    await push.push();
    gauge.set({ zone: 'us' }, 2);
    const error = await failureOf(push.push());
    expect(error.status).toBe(400);
    expect(error.body).toContain('zoned_twice');
    expect(error.message).toContain('answered 400: ');
    expect(await gateway.value('zoned_twice', labels)).toBe(1);
    gauge.remove({ zone: 'us' });
    set('later', 1);
    await push.push();
    expect(await gateway.value('later', labels)).toBe(1);
  });

  it('takes a large push', async () => {
    const { push, metrics } = await start({ job: 'large' });
    const histogram = metrics.histogram({ name: 'large_seconds', help: 'x', labelNames: ['id'] });
    for (let id = 0; id < 5000; id++) {
      histogram.observe({ id }, 0.3);
    }
    await push.push();
    const counts = (await gateway.samples({ job: 'large' })).filter(
      ({ name }) => name === 'large_seconds_count',
    );
    expect(counts).toHaveLength(5000);
    await push.delete();
  });
});

describe('a Pushgateway behind a proxy that asks for a password', () => {
  let proxy: Server;
  let address: string;

  beforeAll(async () => {
    const expected = `Basic ${Buffer.from('tom:pä:ss/wörd').toString('base64')}`;
    proxy = createServer((request, response) => {
      if (request.headers.authorization !== expected) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="gateway"' }).end('who are you?');
        return;
      }
      const { method, headers, url = '' } = request;
      const path = url.replace(/^\/team/, '');
      const on = httpRequest({ port: gateway.port, host: '127.0.0.1', method, headers, path }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      request.pipe(on);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()));
    address = `127.0.0.1:${(proxy.address() as AddressInfo).port}/team/`;
  });
  afterAll(async () => {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });

  it.each<[string, (host: string) => Partial<PushOptions> & { url: string }]>([
    [
      'as an option',
      (host) => ({ url: `http://${host}`, basicAuth: { user: 'tom', password: 'pä:ss/wörd' } }),
    ],
    ['in the URL', (host) => ({ url: `http://tom:${encodeURIComponent('pä:ss/wörd')}@${host}` })],
    [
      'as a header',
      (host) => ({
        url: `http://${host}`,
        headers: { Authorization: `Basic ${Buffer.from('tom:pä:ss/wörd').toString('base64')}` },
      }),
    ],
  ])('gets it %s', async (what, optionsFor) => {
    const grouping = { what };
    const { push, set } = await start({ job: 'behind/proxy', grouping, ...optionsFor(address) });
    set('behind', 1);
    await push.push();
    await push.pushAdd();
    expect(await gateway.value('behind', { job: 'behind/proxy', what })).toBe(1);
    await push.delete();
    await gateway.until('behind', { job: 'behind/proxy', what }, undefined);
  });

  it('tells a wrong one', async () => {
    const { push } = await start({ job: 'x', url: `http://tom:wrong@${address}` });
    const error = await failureOf(push.push());
    expect(error).toMatchObject({ status: 401, body: 'who are you?' });
    expect(error.message).not.toContain('wrong');
  });
});

describe('a Pushgateway that comes and goes', () => {
  it('has the values again as soon as it is back, and the app says each once', async () => {
    const logged: string[] = [];
    const keep = (message: unknown): void => void (/push/i.test(`${message}`) && logged.push(`${message}`));
    jest.spyOn(Logger.prototype, 'log').mockImplementation(keep);
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(keep);
    const labels = { job: 'returning' };
    let own = await Pushgateway.start();
    try {
      const { url } = own;
      const { app, set } = await start({ url, ...labels, interval: 50, onShutdown: 'delete' });
      set('seen', 1);
      await own.until('seen', labels, 1);
      await own.kill();
      set('seen', 2);
      while (logged.length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      own = await Pushgateway.start(own.port);
      await own.until('seen', labels, 2);
      await app.close();
      await own.until('seen', labels, undefined);
      expect(logged).toEqual([
        expect.stringMatching(/^The metrics were not pushed: /),
        `Pushing to ${url} works again`,
      ]);
    } finally {
      await own.kill();
      jest.restoreAllMocks();
    }
  });
});

describe('the workers of a cluster', () => {
  it('push all workers together', async () => {
    const built = build('real-push', 'test/push/fixtures');
    try {
      const { code, stdout, stderr } = await runScript(built.fixture('cluster.js'), gateway.url);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toBe('worker 1 has pushed\nworker 2 has pushed\n');
      expect(await gateway.value('jobs_total', { job: 'cluster' })).toBe(3);
      expect(await gateway.value('process_cpu_seconds_total', { job: 'cluster', worker: '1' })).toBeDefined();
      expect(await gateway.value('process_cpu_seconds_total', { job: 'cluster', worker: '2' })).toBeDefined();
    } finally {
      built.remove();
    }
  });
});

describe('the batch sample', () => {
  let sample: ReturnType<typeof build>;
  beforeAll(() => {
    sample = build('real-batch', 'sample/batch');
  });
  afterAll(() => sample.remove());

  it('leaves all values in the gateway, and ends', async () => {
    const { code, signal, stderr } = await runScript(sample.fixture('main.js'), gateway.url);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    const labels = { job: 'invoices' };
    expect(await gateway.value('invoices_total', labels)).toBe(20);
    expect(await gateway.value('invoice_run_duration_seconds_count', labels)).toBe(1);
    expect(await gateway.value('invoice_run_last_success_timestamp_seconds', labels)).toBeGreaterThan(1.7e9);
    expect(await gateway.value('process_cpu_seconds_total', labels)).toBeGreaterThan(0);
    expect(await gateway.value('exporter_info', labels)).toBe(1);
  });

  it('keeps the time of the last success where a later run has none', async () => {
    const labels = { job: 'failing' };
    const good = await start(labels);
    good.set('last_success_timestamp_seconds', 1);
    await good.push.pushAdd();
    const bad = await start(labels);
    bad.set('duration_seconds', 2);
    await bad.push.pushAdd();
    expect(await gateway.value('last_success_timestamp_seconds', labels)).toBe(1);
    expect(await gateway.value('duration_seconds', labels)).toBe(2);
  });
});
