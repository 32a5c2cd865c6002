import { describe, expect, it } from '@jest/globals';
import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
  Summary as PromSummary,
  type RegistryContentType,
} from 'prom-client';
import { expose, type ExposeOptions } from '../../src/exposition/index.js';
import { render } from '../support/render.js';
import { Counter, Gauge, Histogram, Metric, Summary, registerMetric } from '../../src/series/index.js';
import { parseExposition, sampleValue, type ParsedFamily } from '../support/parse-exposition.js';

function registryWith(...metrics: Metric[]): Registry {
  const registry = new Registry();
  metrics.forEach((metric) => registerMetric(registry, metric));
  return registry;
}

async function scrape(registry: Registry, options: ExposeOptions = {}): Promise<ParsedFamily[]> {
  return parseExposition(await render(registry, options), options.format);
}

const summaryOf = (families: ParsedFamily[]): string[] => families.map(({ name, type }) => `${name} ${type}`);

function everything(): Registry {
  const registry = new Registry();
  const counter = new Counter({ name: 'jobs', help: 'Jobs "done"\\n\nx', labelNames: ['kind'] });
  const gauge = new Gauge({ name: 'temperature', help: 'x' });
  const histogram = new Histogram({
    name: 'took_seconds',
    help: 'x',
    labelNames: ['a'],
    buckets: [0.005, 1, 10, 1e6, 2.5e7],
  });
  const summary = new Summary({ name: 'size_bytes', help: 'x', percentiles: [0.5, 0.99] });
  const plain = new Summary({ name: 'plain', help: 'x', labelNames: ['a'] });
  [counter, gauge, histogram, summary, plain].forEach((metric) => registerMetric(registry, metric as never));
  counter.inc({ kind: 'a' }, 2);
  gauge.set(-1.5);
  [0.001, 0.5, 3, 1e9].forEach((value) => histogram.observe({ a: 'x' }, value));
  [1, 2, 3].forEach((value) => summary.observe(value));
  plain.observe({ a: '1' }, 5);
  const registers = [registry];
  new PromCounter({ name: 'foreign', help: 'x', registers }).inc(3);
  new PromCounter({ name: 'proper_total', help: 'x', registers }).inc(4);
  new PromGauge({ name: 'odd_total', help: 'x', registers }).set(NaN);
  new PromHistogram({ name: 'their_seconds', help: 'x', buckets: [1, 2], registers }).observe(1.5);
  new PromSummary({ name: 'their_summary', help: 'x', percentiles: [0.5, 1], registers }).observe(1);
  return registry;
}

describe('expose', () => {
  it('writes every metric in text 0.0.4', async () => {
    const families = await scrape(everything());
    expect(summaryOf(families)).toEqual([
      'jobs_total counter',
      'temperature gauge',
      'took_seconds histogram',
      'size_bytes summary',
      'plain summary',
      'foreign counter',
      'proper_total counter',
      'odd_total gauge',
      'their_seconds histogram',
      'their_summary summary',
    ]);
    expect(families[0]?.help).toBe('Jobs "done"\\n\nx');
    expect(sampleValue(families, 'jobs_total', { kind: 'a' })).toBe(2);
    expect(sampleValue(families, 'temperature')).toBe(-1.5);
    expect(sampleValue(families, 'odd_total')).toBeNaN();
    const buckets = families[2]?.samples.filter(({ name }) => name === 'took_seconds_bucket');
    expect(buckets?.map(({ labels, value }) => [labels.le, value])).toEqual([
      ['0.005', 1],
      ['1.0', 2],
      ['10.0', 3],
      ['1e+06', 3],
      ['2.5e+07', 3],
      ['+Inf', 4],
    ]);
    expect(sampleValue(families, 'took_seconds_count', { a: 'x' })).toBe(4);
    expect(sampleValue(families, 'took_seconds_sum', { a: 'x' })).toBe(0.001 + 0.5 + 3 + 1e9);
    expect(sampleValue(families, 'size_bytes', { quantile: '0.5' })).toBe(2);
    expect(sampleValue(families, 'size_bytes_sum')).toBe(6);
    expect(sampleValue(families, 'their_seconds_bucket', { le: '2.0' })).toBe(1);
    expect(sampleValue(families, 'their_summary', { quantile: '1.0' })).toBe(1);
  });

  it('writes the same values in OpenMetrics, a counter without _total as unknown', async () => {
    const registry = everything();
    const [text, openmetrics] = [await scrape(registry), await scrape(registry, { format: 'openmetrics' })];
    expect(summaryOf(openmetrics)).toEqual(
      summaryOf(text).map((line) =>
        line
          .replace('jobs_total counter', 'jobs counter')
          .replace('proper_total counter', 'proper counter')
          .replace('foreign counter', 'foreign unknown'),
      ),
    );
    expect(openmetrics.map(({ samples }) => samples)).toEqual(text.map(({ samples }) => samples));
    expect(openmetrics[0]?.help).toBe(text[0]?.help);
  });

  it("is the same in any order of scrapes, prom-client's own included", async () => {
    const registry = everything();
    const text = await render(registry);
    const openmetrics = await render(registry, { format: 'openmetrics' });
    const own = await registry.metrics();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const theirs = await registry.metrics();
    expect(theirs).toContain('# TYPE jobs counter\njobs_total{kind="a"} 2\n');
    expect(await render(registry)).toBe(text);
    expect(await render(registry, { format: 'openmetrics' })).toBe(openmetrics);
    expect(await registry.metrics()).toBe(theirs);
    registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE as never);
    expect(await render(registry)).toBe(text);
    expect(await registry.metrics()).toContain('# TYPE jobs_total counter\njobs_total{kind="a"} 2\n');
    expect(own).toContain('jobs_total{kind="a"} 2\n');
  });

  it.each(['"', '\\', '\n', '\\n', ',', ':', '}', '{a="b"}', 'مرحبا', '😀', 'é', '', ' '])(
    'says the label value %j exactly',
    async (value) => {
      const counter = new Counter({ name: 'a', help: 'x', labelNames: ['v', 'w'] });
      const registry = registryWith(counter);
      counter.inc({ v: value, w: `x${value}` });
      new PromGauge({ name: 'b', help: 'x', labelNames: ['v'], registers: [registry] }).set({ v: value }, 1);
      for (const format of ['text', 'openmetrics'] as const) {
        const families = await scrape(registry, { format });
        expect(families[0]?.samples[0]?.labels).toEqual({ v: value, w: `x${value}` });
        expect(families[1]?.samples[0]?.labels).toEqual({ v: value });
      }
    },
  );

  it('says a lone surrogate as U+FFFD', async () => {
    const counter = new Counter({ name: 'a', help: 'x', labelNames: ['v'] });
    counter.inc({ v: 'x\ud800y' });
    expect((await scrape(registryWith(counter)))[0]?.samples[0]?.labels).toEqual({ v: 'x\ufffdy' });
  });

  it("puts the registry's default labels on every sample, unless it has its own", async () => {
    const counter = new Counter({ name: 'a', help: 'x', labelNames: ['zone'] });
    const histogram = new Histogram({ name: 'h', help: 'x', buckets: [1] });
    const registry = registryWith(counter, histogram as never);
    counter.inc({ zone: 'own' });
    new PromGauge({ name: 'b', help: 'x', registers: [registry] }).set(1);
    registry.setDefaultLabels({ zone: 'eu', app: 'sh"op' });
    const families = await scrape(registry);
    expect(families[0]?.samples[0]?.labels).toEqual({ zone: 'own', app: 'sh"op' });
    for (const sample of [...(families[1]?.samples ?? []), ...(families[2]?.samples ?? [])]) {
      expect(sample.labels).toMatchObject({ zone: 'eu', app: 'sh"op' });
    }
  });

  it("shows prom-client's exemplars in OpenMetrics, where they may be", async () => {
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const settings = { help: 'x', enableExemplars: true, registers: [registry as never] };
    const counter = new PromCounter({ name: 'a_total', ...settings });
    const histogram = new PromHistogram({ name: 'h', buckets: [1, 2], ...settings });
    counter.inc({ exemplarLabels: { trace: 'ab"c' }, value: 2 } as never);
    histogram.observe({ exemplarLabels: { trace: 'x' }, value: 1.5 } as never);
    const families = await scrape(registry as Registry, { format: 'openmetrics' });
    expect(families[0]?.samples[0]?.exemplar).toEqual({ labels: { trace: 'ab"c' }, value: 2 });
    const bucket = families[1]?.samples.find(({ labels }) => labels.le === '2.0');
    expect(bucket?.exemplar).toEqual({ labels: { trace: 'x' }, value: 1.5 });
    expect(await render(registry as Registry)).not.toContain('trace');
  });

  it('selects metrics and samples by name, and runs no other collector', async () => {
    const registry = everything();
    let runs = 0;
    new PromGauge({ name: 'lazy', help: 'x', registers: [registry], collect: () => void runs++ });
    const names = async (...asked: string[]): Promise<string[]> => {
      const families = await scrape(registry, { names: asked });
      return [...new Set(families.flatMap(({ samples }) => samples.map(({ name }) => name)))];
    };
    expect(await names('took_seconds')).toEqual([
      'took_seconds_bucket',
      'took_seconds_sum',
      'took_seconds_count',
    ]);
    expect(await names('took_seconds_bucket', 'jobs')).toEqual(['jobs_total', 'took_seconds_bucket']);
    expect(await names('jobs_total', 'foreign')).toEqual(['jobs_total', 'foreign']);
    expect(await names('their_seconds_sum')).toEqual(['their_seconds_sum']);
    expect(await names('nothing')).toEqual([]);
    expect(runs).toBe(0);
  });

  it('serves the rest while collectors throw, reject or never settle, and tells of each once', async () => {
    const failing = (name: string, collect: () => void | Promise<void>): Gauge => {
      const gauge = new Gauge({ name, help: 'x', collect });
      gauge.set(7);
      return gauge;
    };
    const registry = registryWith(
      failing('throws', () => {
        throw new Error('a');
      }) as never,
      failing('rejects', () => Promise.reject(new Error('b'))) as never,
      failing('hangs', () => new Promise<void>(() => {})) as never,
      failing(
        'late',
        () => new Promise<void>((_, reject) => setTimeout(reject, 60, new Error('c'))),
      ) as never,
      failing('works', async () => {}) as never,
    );
    const registers = [registry];
    new PromGauge({
      name: 'foreign_throws',
      help: 'x',
      registers,
      collect: () => {
        throw new Error('d');
      },
    });
    new PromGauge({
      name: 'foreign_works',
      help: 'x',
      registers,
      collect() {
        this.set(8);
      },
    });
    const failed: string[] = [];
    const start = Date.now();
    const families = await scrape(registry, { timeoutMs: 30, onCollectError: (name) => failed.push(name) });
    expect(Date.now() - start).toBeLessThan(5000);
    expect(failed.sort()).toEqual(['foreign_throws', 'hangs', 'late', 'rejects', 'throws']);
    expect(families.map(({ name }) => name)).toEqual(['works', 'foreign_works']);
    expect(sampleValue(families, 'works')).toBe(7);
    expect(sampleValue(families, 'foreign_works')).toBe(8);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(failed).toHaveLength(5);
  });

  it('tells when series were made, in OpenMetrics', async () => {
    const options = { help: 'x', created: true };
    const counter = new Counter({ name: 'c', ...options });
    const histogram = new Histogram({ name: 'h', ...options });
    const summary = new Summary({ name: 's', ...options });
    const registry = registryWith(counter, histogram as never, summary as never);
    const families = await scrape(registry, { format: 'openmetrics' });
    for (const name of ['c_created', 'h_created', 's_created']) {
      expect(Math.abs((sampleValue(families, name) ?? 0) - Date.now() / 1000)).toBeLessThan(5);
    }
    expect(await render(registry)).not.toContain('_created');
  });

  it('gives families that would have one name in OpenMetrics two', async () => {
    const registry = registryWith(
      new Counter({ name: 'jobs', help: 'x' }),
      new Gauge({ name: 'jobs', help: 'x' }) as never,
    );
    expect(summaryOf(await scrape(registry, { format: 'openmetrics' }))).toEqual([
      'jobs_total unknown',
      'jobs gauge',
    ]);
  });

  it.each([
    ['histogram', 'a_count_total'],
    ['histogram', 'a_created_total'],
    ['summary', 'a_sum_total'],
  ])('keeps a counter out of the way of a %s that has samples of its family name: %s', async (type, name) => {
    const options = { name: 'a', help: 'x' };
    const registry = registryWith(
      new Counter({ name, help: 'x', created: true }),
      type === 'summary' ? new Summary(options) : new Histogram(options),
    );
    const format = 'openmetrics';
    expect(summaryOf(await scrape(registry, { format }))).toEqual([`${name} unknown`, `a ${type}`]);
    // Its name does not depend on what it is asked for with.
    expect(summaryOf(await scrape(registry, { format, names: [name] }))).toEqual([`${name} unknown`]);
  });

  it('puts the quantile behind the labels of each series', async () => {
    const summary = new Summary({ name: 'size_bytes', help: 'x', labelNames: ['kind'], percentiles: [0.5] });
    summary.observe({ kind: 'a' }, 2);
    const families = await scrape(registryWith(summary));
    expect(sampleValue(families, 'size_bytes', { kind: 'a', quantile: '0.5' })).toBe(2);
    expect(sampleValue(families, 'size_bytes_sum', { kind: 'a' })).toBe(2);
  });

  it('leaves out sum and count beside negative buckets in OpenMetrics, which forbids them', async () => {
    const options = { name: 'ours', help: 'x', buckets: [-1, 0, 1] };
    const histogram = new Histogram(options);
    const registry = registryWith(histogram);
    const foreign = new PromHistogram({ ...options, name: 'theirs', registers: [registry] });
    [histogram, foreign].forEach((metric) => metric.observe(-5));
    for (const { samples } of await scrape(registry, { format: 'openmetrics' })) {
      expect(samples.map(({ labels }) => labels['le'])).toEqual(['-1.0', '0.0', '1.0', '+Inf']);
    }
    expect(sampleValue(await scrape(registry), 'ours_sum')).toBe(-5);
    expect(sampleValue(await scrape(registry), 'theirs_count')).toBe(1);
  });

  it('leaves out negative sums and quantiles in OpenMetrics, which forbids them', async () => {
    const options = { help: 'x', labelNames: ['a'] };
    const ours = [
      new Histogram({ ...options, name: 'h', buckets: [1] }),
      new Summary({ ...options, name: 's' }),
      new Summary({ ...options, name: 'q', percentiles: [0.1, 0.9] }),
    ];
    const registry = registryWith(...ours);
    const settings = { ...options, registers: [registry] };
    const theirs = [
      new PromHistogram({ ...settings, name: 'their_h', buckets: [1] }),
      new PromSummary({ ...settings, name: 'their_q', percentiles: [0.1, 0.9] }),
    ];
    for (const metric of [...ours, ...theirs]) {
      [-1.5, 0.5].forEach((value) => metric.observe({ a: 'falls' }, value));
      [-1.5, 5].forEach((value) => metric.observe({ a: 'rises' }, value));
    }
    const strict = await scrape(registry, { format: 'openmetrics' });
    const text = await scrape(registry);
    for (const name of ['h', 'their_h', 's', 'q', 'their_q']) {
      expect(sampleValue(strict, `${name}_sum`, { a: 'falls' })).toBeUndefined();
      expect(sampleValue(strict, `${name}_sum`, { a: 'rises' })).toBe(3.5);
      expect(sampleValue(strict, `${name}_count`, { a: 'rises' })).toBe(2);
      expect(sampleValue(text, `${name}_sum`, { a: 'falls' })).toBe(-1);
      // Beside a histogram's count there has to be its sum.
      expect(sampleValue(strict, `${name}_count`, { a: 'falls' })).toBe(name.endsWith('h') ? undefined : 2);
    }
    expect(sampleValue(strict, 'h_bucket', { a: 'falls', le: '+Inf' })).toBe(2);
    expect(sampleValue(strict, 'their_h_bucket', { a: 'falls', le: '+Inf' })).toBe(2);
    for (const name of ['q', 'their_q']) {
      const [low, high] = [0.1, 0.9].map((quantile) => ({ a: 'rises', quantile: String(quantile) }));
      expect(sampleValue(strict, name, low)).toBeUndefined();
      expect(sampleValue(strict, name, high)).toBe(5);
      expect(sampleValue(text, name, low)).toBe(-1.5);
    }
  });

  it('puts on no default label that the type writes itself, and none that no label can be called', async () => {
    const registry = registryWith(
      new Histogram({ name: 'h', help: 'x', buckets: [] }),
      new Summary({ name: 's', help: 'x' }),
    );
    registry.setDefaultLabels({ le: 'x', quantile: 'y', 'a-b': 'z', '': 'z' });
    const [histogram, summary] = await scrape(registry);
    expect(histogram?.samples.map(({ labels }) => labels)).toEqual([
      { le: '+Inf', quantile: 'y' },
      { quantile: 'y' },
      { quantile: 'y' },
    ]);
    expect(summary?.samples.map(({ labels }) => labels)).toEqual([{ le: 'x' }, { le: 'x' }]);
  });

  it('gives no sample twice when series go and come back while they are read', async () => {
    const gauge = new Gauge({ name: 'g', help: 'x', labelNames: ['a'] });
    const value = (i: number): string => `${i} `.padEnd(100, 'x');
    for (let i = 0; i < 3000; i++) gauge.set({ a: value(i) }, i);
    let text = '';
    for await (const chunk of expose(registryWith(gauge))) {
      text += Buffer.from(chunk).toString();
      for (let i = 0; i < 3000; i += 2) gauge.remove({ a: value(i) });
      // Another order, so that they get other rows.
      for (let i = 2998; i >= 0; i -= 2) gauge.set({ a: value(i) }, i);
    }
    const [family] = parseExposition(text);
    expect(family?.samples.length).toBeLessThan(3000);
    expect(family?.samples.length).toBeGreaterThan(1499);
  });

  it('writes values that are not ASCII right, whenever they come', async () => {
    const gauge = new Gauge({ name: 'g', help: 'x', labelNames: ['a'] });
    const later = new Gauge({ name: 'later', help: 'é', labelNames: ['a'] });
    for (let i = 0; i < 2000; i++) gauge.set({ a: `value ${i}`.padEnd(100) }, i);
    let text = '';
    for await (const chunk of expose(registryWith(gauge, later))) {
      if (text === '') later.set({ a: 'مرحبا ÿ' }, 1);
      text += Buffer.from(chunk).toString();
    }
    const families = parseExposition(text);
    expect(families[1]).toMatchObject({ help: 'é', samples: [{ labels: { a: 'مرحبا ÿ' }, value: 1 }] });
  });

  it.each(['x', 'é', '"'])('writes label values of any length, such as 100 000 times %j', async (char) => {
    const gauge = new Gauge({ name: 'g', help: 'x', labelNames: ['a'] });
    const value = char.repeat(100_000);
    gauge.set({ a: 'small' }, 1);
    gauge.set({ a: value }, 2);
    const [family] = await scrape(registryWith(gauge));
    expect(family?.samples.map(({ labels }) => labels['a'] === value)).toEqual([false, true]);
  });

  it('stops waiting for collectors when it is told to', async () => {
    const hangs = new Gauge({ name: 'hangs', help: 'x', collect: () => new Promise<void>(() => {}) });
    const abort = new AbortController();
    const reading = render(registryWith(hangs), { signal: abort.signal, timeoutMs: 60_000 });
    abort.abort(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
  });

  it('comes in chunks, between which others have their turn, and stops where it is told to', async () => {
    const histogram = new Histogram({ name: 'h', help: 'x', labelNames: ['a'], maxSeries: 10_000 });
    for (let i = 0; i < 4000; i++) histogram.observe({ a: `value ${i}` }, i % 7);
    const registry = registryWith(histogram as never);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const sizes: number[] = [];
    for await (const chunk of expose(registry)) {
      sizes.push(chunk.length);
      for (const end = performance.now() + 1.5; performance.now() < end;);
    }
    clearInterval(timer);
    expect(sizes.length).toBeGreaterThan(20);
    expect(Math.max(...sizes)).toBeLessThan(80_000);
    expect(turns).toBeGreaterThan(3);
    const abort = new AbortController();
    const reading = expose(registry, { signal: abort.signal });
    await reading.next();
    abort.abort();
    await expect(reading.next()).rejects.toThrow(/abort/i);
  });
});
