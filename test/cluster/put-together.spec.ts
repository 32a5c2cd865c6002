import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { Counter as PromCounter, Registry, Summary as PromSummary, collectDefaultMetrics } from 'prom-client';
import { Counter, Gauge, Histogram, registerMetric } from '../../src/series/index.js';
import { SmallCluster } from './in-process.js';
import { valueOf } from './harness.js';

function counterIn(registry: Registry): Counter<string> {
  const counter = new Counter<string>({ name: 'jobs_total', help: 'Jobs.', labelNames: ['kind'] });
  registerMetric(registry, counter);
  return counter;
}

describe('what a hub puts together', () => {
  it('moves what a member has counted when the default labels of its registry change', async () => {
    const cluster = new SmallCluster();
    const one = await cluster.join();
    const two = await cluster.join();
    const counters = [one, two].map(({ registry }) => counterIn(registry));
    counters.forEach((counter) => counter.inc({ kind: 'a' }, 3));
    const foreign = new PromCounter({ name: 'foreign_total', help: 'x', registers: [one.registry] });
    foreign.inc(2);
    const times = new Histogram({ name: 'times_seconds', help: 'Times.' });
    registerMetric(one.registry, times);
    times.observe(0.1);
    expect(valueOf(await cluster.scrape(), 'jobs_total{kind="a"}')).toBe(6);

    one.registry.setDefaultLabels({ zone: 'west' });
    counters[0]?.inc({ kind: 'a' });
    const moved = await cluster.scrape();
    expect(valueOf(moved, 'jobs_total{kind="a",zone="west"}')).toBe(4);
    expect(valueOf(moved, 'jobs_total{kind="a",zone=""}')).toBe(3);
    expect(valueOf(moved, 'foreign_total{zone="west"}')).toBe(2);
    expect(valueOf(moved, 'foreign_total')).toBeUndefined();
    expect(moved).not.toContain('foreign_total{zone=""}');
    expect(valueOf(moved, 'times_seconds_count{zone="west"}')).toBe(1);
    expect(moved).not.toContain('times_seconds_count{zone=""}');

    one.registry.setDefaultLabels({ zone: 'east' });
    two.registry.setDefaultLabels({ zone: 'east' });
    const together = await cluster.scrape();
    expect(together.split('\n').filter((line) => line.startsWith('jobs_total'))).toEqual([
      'jobs_total{kind="a",zone="east"} 7',
    ]);
    counters[1]?.inc({ kind: 'a' });
    expect(valueOf(await cluster.scrape(), 'jobs_total{kind="a",zone="east"}')).toBe(8);
  });

  it('keeps what an ended member counted under labels that others have given up', async () => {
    const cluster = new SmallCluster();
    const one = await cluster.join();
    const two = await cluster.join();
    [one, two].forEach(({ registry }) => counterIn(registry).inc({ kind: 'a' }));
    expect(valueOf(await cluster.scrape(), 'jobs_total{kind="a"}')).toBe(2);
    one.end();
    two.registry.setDefaultLabels({ zone: 'west' });
    const text = await cluster.scrape();
    expect(valueOf(text, 'jobs_total{kind="a",zone=""}')).toBe(1);
    expect(valueOf(text, 'jobs_total{kind="a",zone="west"}')).toBe(1);
  });

  it('shows infinities and NaN as one process would', async () => {
    const cluster = new SmallCluster();
    const { registry } = await cluster.join();
    const gauge = new Gauge<string>({ name: 'level', help: 'Level.', labelNames: ['of'] });
    const times = new Histogram({ name: 'times_seconds', help: 'Times.', buckets: [1] });
    registerMetric(registry, gauge);
    registerMetric(registry, times);
    gauge.set({ of: 'nan' }, NaN);
    gauge.set({ of: 'inf' }, Infinity);
    gauge.set({ of: 'minus' }, -Infinity);
    // Their sum is more than a number can be.
    times.observe(Number.MAX_VALUE);
    times.observe(Number.MAX_VALUE);
    await cluster.scrape();
    times.observe(0.5);
    const text = await cluster.scrape();
    expect(valueOf(text, 'level{of="nan"}')).toBeNaN();
    expect(text).toContain('level{of="inf"} +Inf');
    expect(text).toContain('level{of="minus"} -Inf');
    expect(text).toContain('times_seconds_sum +Inf');
    expect(valueOf(text, 'times_seconds_bucket{le="1.0"}')).toBe(1);
    expect(valueOf(text, 'times_seconds_count')).toBe(3);
  });

  it('has each process metric with its worker, also the one that prom-client omits', async () => {
    const cluster = new SmallCluster();
    for (const { registry } of [await cluster.join(), await cluster.join()]) {
      collectDefaultMetrics({ register: registry });
    }
    const text = await cluster.scrape();
    for (const name of ['process_start_time_seconds', 'process_resident_memory_bytes']) {
      expect(valueOf(text, `${name}{worker="1"}`)).toBeGreaterThan(0);
      expect(valueOf(text, `${name}{worker="2"}`)).toBeGreaterThan(0);
    }
  });

  it('has the metrics of a process once that has two registries', async () => {
    const cluster = new SmallCluster();
    const one = await cluster.join(undefined, '7');
    const two = await cluster.join(undefined, '7');
    for (const { registry } of [one, two]) {
      collectDefaultMetrics({ register: registry });
      counterIn(registry).inc({ kind: 'a' });
    }
    const text = await cluster.scrape();
    const started = Date.now() / 1000 - process.uptime();
    expect(valueOf(text, 'process_start_time_seconds{worker="7"}')).toBeCloseTo(started, -2);
    expect(text.match(/^process_start_time_seconds\{/gm)).toHaveLength(1);
    expect(valueOf(text, 'jobs_total{kind="a"}')).toBe(2);
  });

  it('waits for a collector that hangs no longer than all else of its worker is in time', async () => {
    const cluster = new SmallCluster(2000);
    const { registry, failed } = await cluster.join();
    counterIn(registry).inc({ kind: 'a' });
    registerMetric(registry, new Gauge({ name: 'hung', help: 'x', collect: () => new Promise(() => {}) }));
    const count = function (this: Gauge): void {
      this.inc();
    };
    registerMetric(registry, new Gauge({ name: 'live', help: 'x', collect: count }));
    const first = cluster.scrape();
    await pause(200);
    // A second one does not wait for the first one's collectors, and then for its own.
    for (const text of await Promise.all([first, cluster.scrape()])) {
      expect(valueOf(text, 'exporter_workers_missing')).toBe(0);
      expect(valueOf(text, 'jobs_total{kind="a"}')).toBe(1);
      expect(valueOf(text, 'live')).toBeGreaterThan(0);
      expect(text).not.toContain('hung');
    }
    expect(failed).toContain('hung');
  });

  it("shows ours of two metrics that have samples of one name, and not other code's", async () => {
    const cluster = new SmallCluster();
    const { registry } = await cluster.join();
    const ours = new Gauge({ name: 'ours_count', help: 'x' });
    registerMetric(registry, ours);
    ours.set(5);
    new PromSummary({ name: 'ours', help: 'x', registers: [registry] }).observe(1);
    const text = await cluster.scrape();
    expect(valueOf(text, 'ours_count')).toBe(5);
    expect(text).not.toContain('ours_sum');
  });

  it.each(['gauge first', 'counter first'])(
    'warns of a name that is a gauge in one worker and counted in another (%s)',
    async (order) => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
      const cluster = new SmallCluster();
      const name = `jobs_${order.slice(0, 5).trim()}_total`;
      const metrics = [new Gauge({ name, help: 'x' }), new Counter({ name, help: 'x' })];
      for (const metric of order === 'gauge first' ? metrics : metrics.toReversed()) {
        registerMetric((await cluster.join()).registry, metric);
        metric.inc(3);
        await cluster.scrape();
      }
      expect(await cluster.scrape()).toContain(`# TYPE ${name} counter\n${name} 3\n`);
      const warnings = warn.mock.calls.map(([message]) => message);
      warn.mockRestore();
      expect(warnings).toEqual([
        `The metric "${name}" is a counter in one worker and a gauge in another: ` +
          'only the first is in the metrics of the cluster',
      ]);
    },
  );

  it('lets a gauge go that is not in the registry any longer, and keeps what was counted', async () => {
    const cluster = new SmallCluster();
    const { registry } = await cluster.join();
    counterIn(registry).inc({ kind: 'a' });
    const gauge = new Gauge({ name: 'level', help: 'Level.' });
    registerMetric(registry, gauge);
    gauge.set(3);
    expect(valueOf(await cluster.scrape(), 'level')).toBe(3);
    registry.clear();
    const text = await cluster.scrape();
    expect(text).not.toContain('level');
    expect(valueOf(text, 'jobs_total{kind="a"}')).toBe(1);
  });

  it('reads many series batch by batch, each of which it has taken before the next is sent', async () => {
    const cluster = new SmallCluster(5000);
    const { registry } = await cluster.join();
    const times = new Histogram<string>({ name: 'times_seconds', help: 'Times.', labelNames: ['a'] });
    registerMetric(registry, times);
    for (let i = 0; i < 2500; i++) {
      times.observe({ a: `value-${i}` }, 0.1);
    }
    const text = await cluster.scrape();
    expect(valueOf(text, 'times_seconds_count{a="value-2499"}')).toBe(1);
    const batches = cluster.heard.filter((message) => message.kind === 'delta');
    expect(batches.length).toBeGreaterThan(10);
    for (const batch of batches) {
      expect(JSON.stringify(batch).length).toBeLessThan(32_000);
    }
    expect(batches.slice(0, -1).every(({ batch }) => batch !== undefined)).toBe(true);
    // What fits into one message waits for no answer.
    times.observe({ a: 'value-1' }, 0.1);
    cluster.heard.length = 0;
    await cluster.scrape();
    expect(cluster.heard.filter(({ kind }) => kind === 'delta')).toHaveLength(1);
    expect(cluster.heard[0]).not.toHaveProperty('batch');
  });
});
