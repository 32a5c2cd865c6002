import { describe, expect, it } from '@jest/globals';
import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
  type Metric,
  type RegistryContentType,
} from 'prom-client';
import { Gauge, Histogram, registerMetric } from '../../src/series/index.js';
import { render } from '../support/render.js';
import { parseExposition, sampleValue } from '../support/parse-exposition.js';

/** A metric of somebody's own making, as far as `registerMetric` looks at it. */
function metricOf(name: string, values: unknown, settings: object = {}): Metric {
  const own = { name, help: 'x', type: 'gauge', aggregator: 'sum', ...settings };
  return { ...own, reset() {}, get: async () => ({ ...own, values }) } as unknown as Metric;
}

describe("metrics of other code's making", () => {
  it.each<[string, unknown[], number, type?: string]>([
    ['a sample that is none', [null, { labels: {}, value: 1 }], 1],
    ['labels that are none', [{ labels: 5, value: 1 }], 1],
    ['a value that is no number', [{ labels: {}, value: Symbol('x') }], 0],
    ['a bound without a text', [{ labels: { le: Object.create(null) as object }, value: 1 }], 0, 'histogram'],
    [
      'a sample name without a text',
      [{ metricName: Object.create(null) as object, value: -1 }],
      0,
      'histogram',
    ],
    [
      'labels of a sum without a text',
      [{ metricName: 'odd_sum', labels: { a: Object.create(null) as object }, value: -1 }],
      0,
      'histogram',
    ],
    ['a label value without a text', [{ labels: { a: Object.create(null) as object }, value: 1 }], 0],
    ['a label name that no scraper takes', [{ labels: { 'a-b': 'x' }, value: 1 }], 0],
    ['a sample name that no scraper takes', [{ metricName: 'bad name', labels: {}, value: 1 }], 0],
  ])('are served without %s, and so is the rest', async (_what, values, left, type = 'gauge') => {
    for (const format of ['text', 'openmetrics'] as const) {
      const registry = new Registry();
      registry.registerMetric(metricOf('odd', values, { type }));
      const registers = [registry];
      new PromGauge({ name: 'after', help: 'x', registers }).set(8);
      const failed: string[] = [];
      const body = await render(registry, { format, onCollectError: (name) => failed.push(name) });
      const families = parseExposition(body, format);
      expect(families.find(({ name }) => name === 'odd')?.samples).toHaveLength(left);
      expect(sampleValue(families, 'after')).toBe(8);
      expect(failed).toEqual(left === values.length ? [] : ['odd']);
    }
  });

  it('are told apart by label values that are none, as by prom-client', async () => {
    const registry = new Registry();
    const gauge = new PromGauge({ name: 'odd', help: 'x', labelNames: ['a'], registers: [registry] });
    gauge.set({ a: null as unknown as string }, 1);
    gauge.set({ a: undefined as unknown as string }, 2);
    gauge.set({ a: '' }, 3);
    const families = parseExposition(await render(registry, { format: 'text' }), 'text');
    const values = ['null', 'undefined', ''].map((a) => sampleValue(families, 'odd', { a }));
    expect(values).toEqual([1, 2, 3]);
  });

  it.each<[string, Metric]>([
    ['a name that no scraper takes', metricOf('bad-name', [{ value: 1 }])],
    ['the name of a sample of ours', metricOf('job_seconds_sum', [{ value: 1 }])],
    ['a sample by the name of a metric of ours', metricOf('ours', [{ value: 1 }], { type: 'summary' })],
  ])('are left out where they have %s', async (_what, metric) => {
    for (const format of ['text', 'openmetrics'] as const) {
      const registry = new Registry();
      registry.registerMetric(metric);
      registerMetric(registry, new Histogram({ name: 'job_seconds', help: 'x', buckets: [1] }));
      registerMetric(registry, new Gauge({ name: 'ours_count', help: 'x' }));
      const failed: string[] = [];
      const body = await render(registry, { format, onCollectError: (name) => failed.push(name) });
      const families = parseExposition(body, format);
      expect(families.map(({ name }) => name)).toEqual(['job_seconds', 'ours_count']);
      expect(sampleValue(families, 'job_seconds_sum')).toBe(0);
      expect(failed).toEqual([(metric as unknown as { name: string }).name]);
    }
  });

  it('have an empty help where they have none, and no type where theirs is unknown', async () => {
    const registry = new Registry();
    registry.registerMetric(metricOf('odd', [{ value: 1 }], { help: undefined, type: 'weird' }));
    expect(await render(registry)).toBe('# HELP odd \n# TYPE odd untyped\nodd 1\n');
  });

  it('have one last bucket where theirs go up to Infinity', async () => {
    const registry = new Registry();
    registry.setContentType('application/openmetrics-text; version=1.0.0; charset=utf-8' as never);
    const options = {
      name: 'h',
      help: 'x',
      labelNames: ['a'],
      buckets: [1, Infinity],
      enableExemplars: true,
    };
    const histogram = new PromHistogram({ ...options, registers: [registry] });
    histogram.observe({ labels: { a: 'x' }, value: 2, exemplarLabels: { trace: 'abc' } } as never);
    histogram.observe({ labels: { a: 'y' }, value: 1, exemplarLabels: {} } as never);
    // Of somebody's own making, without the text.
    const labels = { le: Infinity };
    registry.registerMetric(
      metricOf('own', [{ metricName: 'own_bucket', labels, value: 3 }], { type: 'histogram' }),
    );
    for (const format of ['text', 'openmetrics'] as const) {
      const families = parseExposition(await render(registry, { format }), format);
      const bounds = families.find(({ name }) => name === 'h')?.samples.filter(({ labels: { le } }) => le);
      expect(bounds?.map(({ labels: { a, le }, value }) => [a, le, value])).toEqual([
        ['x', '1.0', 0],
        ['x', '+Inf', 1],
        ['y', '1.0', 1],
        ['y', '+Inf', 1],
      ]);
      expect(sampleValue(families, 'own_bucket', { le: '+Inf' })).toBe(3);
    }
    const strict = await render(registry, { format: 'openmetrics' });
    expect(strict).toMatch(/a="x",le="\+Inf"\} 1 # \{trace="abc"\} 2/);
  });

  it("have the registry's default for a label that a sample of theirs leaves out, as in prom-client", async () => {
    const registry = new Registry();
    const registers = [registry];
    registry.setDefaultLabels({ zone: 'eu' });
    const counter = new PromCounter({ name: 'sent_total', help: 'x', labelNames: ['zone'], registers });
    counter.inc();
    counter.inc({ zone: 'own' }, 2);
    const families = parseExposition(await render(registry));
    expect(sampleValue(families, 'sent_total', { zone: 'eu' })).toBe(1);
    expect(sampleValue(families, 'sent_total', { zone: 'own' })).toBe(2);
    expect(await registry.metrics()).toContain('sent_total{zone="eu"} 1');
  });

  it('show no exemplar whose labels no scraper takes', async () => {
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const settings = { help: 'x', enableExemplars: true, registers: [registry as never] };
    const counter = new PromCounter({ name: 'sent_total', ...settings });
    counter.inc({ exemplarLabels: { 'trace-id': 'x' }, value: 2 } as never);
    const body = await render(registry as Registry, { format: 'openmetrics' });
    expect(body).toContain('\nsent_total 2\n');
    parseExposition(body, 'openmetrics');
  });
});
