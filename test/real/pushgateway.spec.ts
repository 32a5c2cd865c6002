import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Metric } from 'prom-client';
import { PushService, type PushOptions } from '../../src/index.js';
import { closeApps } from '../support/metrics-app.js';
import { parseExposition, type ParsedSample } from '../support/parse-exposition.js';
import { addForeign, startEverything } from './everything.js';
import { Pushgateway } from './pushgateway.js';
import { failureOf, start } from './pushing.js';

let gateway: Pushgateway;

beforeAll(async () => {
  gateway = await Pushgateway.start();
});
afterEach(closeApps);
afterAll(() => gateway?.kill());

describe("Debian's Pushgateway", () => {
  it('replaces the group at PUT, the metrics of the same names at POST, and deletes it', async () => {
    const labels = { job: 'methods' };
    const first = await start({ url: gateway.url, ...labels });
    first.set('kept', 1);
    first.set('changed', 1);
    await first.push.push();
    const second = await start({ url: gateway.url, ...labels });
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
        .map(([label, value]) => `${label}: ${/^(le|quantile)$/.test(label) ? boundOf(value) : value}`);
      return [name, ...own.sort()].join(', ');
    };
    // Their label sets come and go: kinds of collections that have been, handles that are open.
    const isProcess = (name: string): boolean => /^(process|nodejs)_/.test(name);
    const read = (samples: ParsedSample[]): [string, number | null][] =>
      samples
        .filter(({ name }) => !/^push_(failure_)?time_seconds$/.test(name))
        .map((sample) => (isProcess(sample.name) ? [sample.name, null] : [keyOf(sample), sample.value]));
    const pushed = new Map(read(await gateway.samples({ job: 'everything', instance: '' })));
    const scraped = new Map(read(parseExposition(body).flatMap((family) => family.samples)));
    expect(scraped.size).toBeGreaterThan(100);
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
    const { push, set } = await start({ url: gateway.url, job, grouping });
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
    const { push, set } = await start({ url: gateway.url, job: 'empty', grouping: { zone: '', shard: 1 } });
    set('grouped', 42);
    await push.push();
    expect(await gateway.value('grouped', { job: 'empty', shard: '1' })).toBe(42);
  });

  it("puts the group's labels over those of the metrics", async () => {
    const { push, metrics } = await start({ url: gateway.url, job: 'over', grouping: { zone: 'eu' } });
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
    const { push, metrics, set } = await start({ url: gateway.url, ...labels, grouping: { zone: 'eu' } });
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
    const { push, metrics } = await start({ url: gateway.url, job: 'large' });
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

/** A bound as a number, however it is written. */
const boundOf = (text: string): number => Number(text.replace('Inf', 'Infinity'));
