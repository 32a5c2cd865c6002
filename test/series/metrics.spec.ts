import { describe, expect, it } from '@jest/globals';
import { AggregatorRegistry, Registry } from 'prom-client';
import {
  Counter,
  Gauge,
  Histogram,
  Summary,
  registerMetric,
  type Metric,
  type MetricOptions,
} from '../../src/series/index.js';

const help = 'x';
const values = async (metric: Metric): Promise<[string, number][]> =>
  (await metric.get()).values.map(({ metricName, labels, value }) => [
    `${metricName ?? ''}${JSON.stringify(labels)}`,
    value,
  ]);

describe('a counter', () => {
  it('counts, by label set', async () => {
    const counter = new Counter({ name: 'a', help, labelNames: ['x', 'y'] });
    counter.inc({ x: '1' });
    counter.inc({ y: '', x: '1' }, 2);
    counter.inc({ x: 1 as never, y: null as never }, 0.5);
    counter.labels('1', '').inc();
    counter.labels({ y: 'b' }).inc(4);
    expect(counter.name).toBe('a_total');
    expect(await values(counter)).toEqual([
      ['{"x":"1","y":""}', 4.5],
      ['{"x":"","y":"b"}', 4],
    ]);
  });

  it('has its one series from the start without labels, unless it is to be absent at first', async () => {
    expect(await values(new Counter({ name: 'a', help }))).toEqual([['{}', 0]]);
    const absent = new Counter({ name: 'a', help, absentAtFirst: true });
    expect(await values(absent)).toEqual([]);
    absent.inc();
    expect(await values(absent)).toEqual([['{}', 1]]);
    absent.reset();
    expect(await values(absent)).toEqual([]);
  });

  it.each([-1, NaN, Infinity, '1'])('refuses to be increased by %p', (value) => {
    expect(() => new Counter({ name: 'a', help }).inc(value as number)).toThrow(/a_total/);
  });

  it('refuses labels that it has not', () => {
    const counter = new Counter({ name: 'a', help, labelNames: ['x'] });
    expect(() => counter.inc({ z: '' } as never)).toThrow(/a_total.*"z"/);
    expect(() => counter.labels('1', '2')).toThrow(/a_total/);
    expect(() => counter.remove('1', '2')).toThrow(/a_total/);
  });

  it('never takes two label sets for one', async () => {
    const counter = new Counter({ name: 'a', help, labelNames: ['a', 'b'] });
    const sets = ['1,b:2', '2,b:3', '1', '3', '', '\0', '"', '\\', '1\n', 'a', 'b'].flatMap((a) =>
      ['3', '2,b:3', '', '\0', ',', 'a'].map((b) => ({ a, b })),
    );
    sets.forEach((labels, i) => counter.inc(labels, i));
    expect((await counter.get()).values.map(({ labels, value }) => ({ labels, value }))).toEqual(
      sets.map((labels, value) => ({ labels, value })),
    );
  });
});

describe('a gauge', () => {
  it('goes up and down, and tells the time', async () => {
    const gauge = new Gauge({ name: 'g', help, labelNames: ['x'] });
    gauge.set({ x: 'a' }, 5);
    gauge.inc({ x: 'a' });
    gauge.dec({ x: 'a' }, 3);
    gauge.labels('b').setToCurrentTime();
    const [[, a], [, b]] = (await values(gauge)) as [[string, number], [string, number]];
    expect(a).toBe(3);
    expect(Math.abs(b - Date.now() / 1000)).toBeLessThan(5);
    expect(() => gauge.set({ x: 'a' }, '1' as never)).toThrow(/g/);
    const end = gauge.startTimer({ x: 'c' });
    expect(end()).toBeGreaterThanOrEqual(0);
    expect(gauge.size).toBe(3);
  });
});

describe('a histogram', () => {
  it('counts observations up to each bound', async () => {
    const histogram = new Histogram({ name: 'h', help, buckets: [1, 2], labelNames: ['x'] });
    [1, 1.5, 2, 3].forEach((value) => histogram.observe({ x: 'a' }, value));
    expect(await values(histogram)).toEqual([
      ['h_bucket{"le":1,"x":"a"}', 1],
      ['h_bucket{"le":2,"x":"a"}', 3],
      ['h_bucket{"le":"+Inf","x":"a"}', 4],
      ['h_sum{"x":"a"}', 7.5],
      ['h_count{"x":"a"}', 4],
    ]);
    expect(() => histogram.observe({ x: 'a' }, NaN)).toThrow(/"h"/);
    const end = histogram.startTimer();
    end({ x: 'timed' });
    expect(histogram.size).toBe(2);
  });

  it.each([[[2, 1]], [[1, 1]], [['1']], [[NaN]]])('refuses the buckets %j', (buckets) => {
    expect(() => new Histogram({ name: 'h', help, buckets: buckets as number[] })).toThrow(/h/);
  });
});

describe('a summary', () => {
  it('tells the number and the sum, and quantiles where asked', async () => {
    const plain = new Summary({ name: 's', help });
    [1, 2, 3].forEach((value) => plain.observe(value));
    expect(await values(plain)).toEqual([
      ['s_sum{}', 6],
      ['s_count{}', 3],
    ]);
    const summary = new Summary({ name: 's', help, percentiles: [0.5], labelNames: ['a', 'b'] });
    summary.observe({ a: '1,b:2', b: '3' }, 1);
    summary.observe({ a: '1', b: '2,b:3' }, 9);
    expect((await values(summary)).map(([, value]) => value)).toEqual([1, 1, 1, 9, 9, 1]);
  });

  it('takes the least and the greatest for the quantiles 0 and 1', async () => {
    const summary = new Summary({ name: 's', help, percentiles: [1, 0] });
    [2, 1, 3].forEach((value) => summary.observe(value));
    expect((await values(summary)).slice(0, 2).map(([, value]) => value)).toEqual([1, 3]);
  });

  it.each([
    ['below 0', [-0.1], /-0.1 is not between 0 and 1/],
    ['above 1', [1.1], /1.1 is not between 0 and 1/],
    ['that is no number', [NaN], /NaN is not between 0 and 1/],
    ['given twice', [0.5, 0.9, 0.5], /0.5 is given twice/],
  ])('refuses a quantile %s', (_kind, percentiles, message) => {
    expect(() => new Summary({ name: 's', help, percentiles })).toThrow(message);
  });
});

interface Kind {
  metric: Metric<'x'>;
  record(x: string): void;
}
type Options = MetricOptions<'x', never>;
const kinds: [string, (options: Options) => Kind][] = [
  [
    'counter',
    (options) => {
      const metric = new Counter<'x'>(options as never);
      return { metric, record: (x) => metric.inc({ x }) };
    },
  ],
  [
    'gauge',
    (options) => {
      const metric = new Gauge<'x'>(options as never);
      return { metric, record: (x) => metric.inc({ x }) };
    },
  ],
  [
    'histogram',
    (options) => {
      const metric = new Histogram<'x'>(options as never);
      return { metric, record: (x) => metric.observe({ x }, 1) };
    },
  ],
  [
    'summary',
    (options) => {
      const metric = new Summary<'x'>(options as never);
      return { metric, record: (x) => metric.observe({ x }, 1) };
    },
  ],
];

describe.each(kinds)('series of a %s', (_kind, makeMetric) => {
  it('can be removed, zeroed and reset, and its children stay valid', async () => {
    const { metric, record } = makeMetric({ name: 'm', help, labelNames: ['x'] });
    ['a', 'b', 'c'].forEach(record);
    const child = metric as unknown as { labels(x: string): { inc?(): void; observe?(v: number): void } };
    const bound = child.labels('b');
    const again = (): void => (bound.inc ? bound.inc() : bound.observe?.(1));
    metric.remove({ x: 'a' });
    expect(metric.size).toBe(2);
    again();
    metric.remove('b');
    again();
    const count = async (x: string): Promise<number | undefined> =>
      (await metric.get()).values.filter(({ labels }) => labels.x === x).at(-1)?.value;
    expect(await count('b')).toBe(1);
    metric.reset();
    expect(metric.size).toBe(0);
    again();
    expect([metric.size, await count('b')]).toEqual([1, 1]);
    metric.zero({ x: 'b' });
    expect(await count('b')).toBe(0);
  });

  it('are not put to zero by a label set that is folded into them', async () => {
    const { metric, record } = makeMetric({ name: 'm', help, labelNames: ['x'], maxSeries: 1 });
    const samples = async (): Promise<unknown> => (await metric.get()).values;
    ['a', 'b', 'c'].forEach(record);
    const before = await samples();
    metric.zero({ x: 'd' });
    expect(await samples()).toEqual(before);
    expect(metric.size).toBe(2);
    metric.zero({ x: 'other' });
    expect(await samples()).not.toEqual(before);
  });

  it('are folded at maxSeries, and each record of it is told', async () => {
    let folded = 0;
    const { metric, record } = makeMetric({
      name: 'm',
      help,
      labelNames: ['x'],
      maxSeries: 3,
      onFolded: () => folded++,
    });
    for (let i = 0; i < 10; i++) record(`${i}`);
    record('0');
    expect([metric.size, folded]).toEqual([4, 7]);
    const other = (await metric.get()).values.filter(({ labels }) => labels.x === 'other').at(-1)?.value;
    expect(other).toBe(7);
  });

  it('take no memory once they are gone, however many new ones come', () => {
    const { metric, record } = makeMetric({ name: 'm', help, labelNames: ['x'] });
    for (let i = 0; i < 20_000; i++) {
      record(`value ${i}`);
      metric.remove({ x: `value ${i}` });
    }
    const { table } = metric as unknown as {
      table: { rows: { high: number }; columns: { ids: Map<string, number> }[] };
    };
    expect([metric.size, table.rows.high, table.columns[0]?.ids.size]).toEqual([0, 1, 0]);
  });

  it('are found among many, after many were removed', async () => {
    const { metric, record } = makeMetric({ name: 'm', help, labelNames: ['x'] });
    for (let i = 0; i < 3000; i++) record(`${i}`);
    for (let i = 0; i < 3000; i += 3) metric.remove({ x: `${i}` });
    for (let i = 1; i < 3000; i += 3) record(`${i}`);
    expect(metric.size).toBe(2000);
    const last = new Map((await metric.get()).values.map(({ labels, value }) => [labels.x, value]));
    expect([last.get('1'), last.get('2'), last.get('0')]).toEqual([2, 1, undefined]);
  });

  it('are seen by prom-client, whatever it does', async () => {
    const registry = new Registry();
    const { metric, record } = makeMetric({ name: 'm', help, labelNames: ['x'] });
    registerMetric(registry, metric as never);
    record('a');
    expect(registry.getSingleMetric(metric.name) === (metric as unknown)).toBe(true);
    expect(await registry.metrics()).toContain(`# TYPE ${metric.name} ${metric.type}\n`);
    const json = await registry.getMetricsAsJSON();
    const joint = AggregatorRegistry.aggregate([json, json] as never);
    const [before] = json as unknown as { values: { value: number }[] }[];
    const [after] = (await joint.getMetricsAsJSON()) as unknown as { values: { value: number }[] }[];
    expect(after?.values.at(-1)?.value).toBe(2 * (before?.values.at(-1)?.value ?? NaN));
    registry.resetMetrics();
    expect(metric.size).toBe(0);
    expect(() => registerMetric(registry, makeMetric({ name: 'm', help }).metric as never)).toThrow(
      /already/,
    );
  });

  it('need names that Prometheus takes', () => {
    for (const name of ['', '1a', 'a-b', 'a b', 'é']) {
      expect(() => makeMetric({ name, help })).toThrow(JSON.stringify(name));
    }
    for (const label of ['', '1a', 'a-b', '__a', 'a:b']) {
      expect(() => makeMetric({ name: 'm', help, labelNames: [label as 'x'] })).toThrow(
        JSON.stringify(label),
      );
    }
    expect(() => makeMetric({ name: 'm', help, labelNames: ['x', 'x'] })).toThrow(/twice/);
    expect(() => makeMetric({ name: 'm', help: 1 as never })).toThrow(/help/);
  });
});
