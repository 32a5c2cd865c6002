import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { build } from '../cluster/build.js';
import { runScript } from '../push/run-script.js';
import { closeApps } from '../support/metrics-app.js';
import { Pushgateway } from './pushgateway.js';
import { start } from './pushing.js';

let gateway: Pushgateway;

beforeAll(async () => {
  gateway = await Pushgateway.start();
});
afterEach(closeApps);
afterAll(() => gateway?.kill());

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
    const good = await start({ url: gateway.url, ...labels });
    good.set('last_success_timestamp_seconds', 1);
    await good.push.pushAdd();
    const bad = await start({ url: gateway.url, ...labels });
    bad.set('duration_seconds', 2);
    await bad.push.pushAdd();
    expect(await gateway.value('last_success_timestamp_seconds', labels)).toBe(1);
    expect(await gateway.value('duration_seconds', labels)).toBe(2);
  });
});
