import { describe, expect, it } from '@jest/globals';
import { Counter, Gauge, Histogram, Summary, type SeriesCursor } from '../../src/series/index.js';
import { LabelColumn } from '../../src/series/label-column.js';

const help = 'x';

function rowsOf(cursor: SeriesCursor): Map<string, number> {
  const rows = new Map<string, number>();
  while (cursor.next()) {
    rows.set(JSON.stringify(cursor.labelValues()), cursor.cells[cursor.at] as number);
  }
  return rows;
}

/** Numbers that look random and are the same in each run. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

describe('label sets', () => {
  it('are what a map of them would be, whatever is done in whatever order', () => {
    const counter = new Counter({ name: 'c', help, labelNames: ['a', 'b', 'c'], maxSeries: Infinity });
    const expected = new Map<string, number>();
    const random = numbers(7);
    const next = (below: number): number => (random.next().value as number) % below;
    const odd = ['', ',', ':', '"', '\\', '\0', 'é', '😀', '1', 'other', 'a:1,b', 'x'];
    for (let step = 0; step < 30_000; step++) {
      const values = [odd[next(odd.length)] as string, `${next(12)}`, odd[next(3)] as string];
      const key = JSON.stringify(values);
      const [a, b, c] = values;
      switch (next(400) === 0 ? 'reset' : next(3)) {
        case 'reset':
          counter.reset();
          expected.clear();
          break;
        case 0:
          counter.remove({ c, a, b });
          expected.delete(key);
          break;
        case 1:
          counter.inc({ b, a, c }, 2);
          expected.set(key, (expected.get(key) ?? 0) + 2);
          break;
        default:
          counter.child(values).inc();
          expected.set(key, (expected.get(key) ?? 0) + 1);
      }
    }
    expect(counter.size).toBe(expected.size);
    expect(rowsOf(counter.read())).toEqual(expected);
    expect(expected.size).toBeGreaterThan(100);
  });

  it('are the same by name, by position, by number and by absence', () => {
    const counter = new Counter({ name: 'c', help, labelNames: ['a', 'b'] });
    counter.inc({ a: 1, b: undefined });
    counter.inc({ a: '1' });
    counter.inc({ b: null, a: 1n });
    counter.labels('1', '').inc();
    counter.labels({ a: 1 }).inc();
    counter.child([1, undefined]).inc();
    counter.inc();
    counter.inc({ a: true, b: false });
    expect(rowsOf(counter.read())).toEqual(
      new Map([
        ['["1",""]', 6],
        ['["",""]', 1],
        ['["true","false"]', 1],
      ]),
    );
  });

  it('take lone surrogates for one another, since UTF-8 can say none of them', () => {
    const counter = new Counter({ name: 'c', help, labelNames: ['a'] });
    ['\ud800', '\udfff', '\ufffd'].forEach((a) => counter.inc({ a }));
    counter.inc({ a: '\ud83d\ude00' });
    expect(rowsOf(counter.read())).toEqual(
      new Map([
        ['["\ufffd"]', 3],
        ['["😀"]', 1],
      ]),
    );
    counter.remove('\ud801');
    expect(counter.size).toBe(1);
  });

  it('may be of values that only look alike', () => {
    const counter = new Counter({ name: 'c', help, labelNames: ['a', 'b'] });
    const pairs = [
      ['1,b:2', '3'],
      ['1', '2,b:3'],
      ['constructor', '__proto__'],
      ['__proto__', 'constructor'],
      ['é', 'x'],
      ['e\u0301', 'x'],
    ] as const;
    for (const [a, b] of pairs) counter.inc({ a, b });
    expect(counter.size).toBe(pairs.length);
  });

  it('are folded in the labels that are to be, and told for each record of a child', () => {
    let folded = 0;
    const onFolded = (): void => void folded++;
    const labelNames = ['method', 'route'] as const;
    const gauge = new Gauge({ name: 'g', help, labelNames, maxSeries: 2, foldedLabels: ['route'], onFolded });
    gauge.set({ method: 'GET', route: '/a' }, 1);
    gauge.set({ method: 'GET', route: '/b' }, 2);
    const child = gauge.child(['POST', '/c']);
    child.set(3);
    child.inc(4);
    gauge.set({ method: 'PUT', route: '/d' }, 5);
    expect(folded).toBe(3);
    expect([...rowsOf(gauge.read())].slice(2)).toEqual([
      ['["POST","other"]', 7],
      ['["PUT","other"]', 5],
    ]);
    ['/a', '/b', 'other'].forEach((route) => gauge.remove({ method: 'GET', route }));
    gauge.remove('PUT', 'other');
    child.set(8);
    expect(folded).toBe(3);
    expect(rowsOf(gauge.read()).get('["POST","/c"]')).toBe(8);
  });

  it('stay with their child when many others come', () => {
    const histogram = new Histogram({ name: 'h', help, labelNames: ['a'], buckets: [1] });
    const children = Array.from({ length: 5000 }, (_, i) => histogram.child([`${i}`]));
    for (let round = 0; round < 3; round++) children.forEach((child) => child.observe(0.5));
    const rows = rowsOf(histogram.read());
    expect([rows.size, new Set(rows.values())]).toEqual([5000, new Set([3])]);
  });

  it('are not those of the array that a child was asked for with', () => {
    const counter = new Counter({ name: 'c', help, labelNames: ['a'] });
    const values = ['x'];
    const child = counter.child(values);
    values[0] = 'y';
    child.inc();
    expect([...rowsOf(counter.read()).keys()]).toEqual(['["x"]']);
  });

  it('can be removed where there are no labels, until the next record', async () => {
    const summary = new Summary({ name: 's', help, percentiles: [0.5] });
    summary.observe(5);
    summary.remove();
    expect([summary.size, (await summary.get()).values]).toEqual([0, []]);
    summary.observe(1);
    expect((await summary.get()).values.map(({ value }) => value)).toEqual([1, 1, 1]);
  });

  it('are refused where a value is missing or a label unknown', () => {
    const gauge = new Gauge({ name: 'g', help, labelNames: ['a', 'b'] });
    expect(() => gauge.labels('x')).toThrow(/"g" has 2 labels/);
    expect(() => gauge.child(['x', 'y', 'z'])).toThrow(/"g"/);
    for (const call of [
      () => gauge.set({ c: '1' } as never, 1),
      () => gauge.inc({ a: '1', c: '1' } as never),
      () => gauge.labels({ c: '1' } as never),
      () => gauge.remove({ c: '1' } as never),
      () => gauge.zero({ c: '1' } as never),
      () => gauge.startTimer({ c: '1' } as never)(),
    ]) {
      expect(call).toThrow('Metric "g" has no label "c"');
    }
    expect(gauge.size).toBe(0);
    gauge.set({ a: '1', b: '2' }, 1);
    expect(() => gauge.set({ a: '1', b: '2', c: '3' } as never, 2)).toThrow('Metric "g" has no label "c"');
    expect([...rowsOf(gauge.read())]).toEqual([['["1","2"]', 1]]);
  });

  it('are refused where there are no labels', async () => {
    const counter = new Counter({ name: 'c', help });
    const gauge = new Gauge({ name: 'g', help });
    const histogram = new Histogram({ name: 'h', help, buckets: [1] });
    const summary = new Summary({ name: 's', help });
    const labels = { a: '1' } as never;
    for (const call of [
      () => counter.inc(labels),
      () => counter.zero(labels),
      () => gauge.set(labels, 1),
      () => gauge.inc(labels),
      () => gauge.dec(labels, 1),
      () => gauge.setToCurrentTime(labels),
      () => gauge.startTimer()(labels),
      () => histogram.observe(labels, 1),
      () => histogram.startTimer(labels)(),
      () => histogram.zero(labels),
      () => summary.observe(labels, 1),
      () => summary.remove(labels),
    ]) {
      expect(call).toThrow(/^Metric "[cghs](_total)?" has no label "a"; it has none$/);
    }
    for (const metric of [counter, gauge, histogram, summary]) {
      expect((await metric.get()).values.filter(({ value }) => value !== 0)).toEqual([]);
    }
  });
});

describe('the values of a label', () => {
  it('get the numbers of those that are gone', () => {
    const column = new LabelColumn();
    column.acquire('stays');
    for (const value of ['a', 'b"', 'c']) {
      const id = column.acquire(value);
      expect([id, column.acquire(value), column.value(id)]).toEqual([1, 1, value]);
      column.release(id);
      expect(column.ids.get(value)).toBe(1);
      column.release(id);
      expect(column.ids.has(value)).toBe(false);
    }
  });
});

describe('what another process counted', () => {
  it('can be put in, whatever maxSeries says', async () => {
    const options = { help, labelNames: ['a'] as const, maxSeries: 1, created: true };
    const counter = new Counter({ name: 'c', ...options });
    const histogram = new Histogram({ name: 'h', ...options, buckets: [1, 2] });
    const summary = new Summary({ name: 's', ...options });
    for (const a of ['x', 'y']) {
      counter.load([a], 5, 100);
      histogram.load([a], [1, 2, 3], 9, 100);
      summary.load([a], 4, 6, 100);
    }
    expect([counter.size, histogram.size, summary.size]).toEqual([2, 2, 2]);
    const values = async (metric: Counter | Histogram | Summary): Promise<number[]> =>
      (await metric.get()).values.filter(({ labels }) => labels['a'] === 'y').map(({ value }) => value);
    expect(await values(counter as never)).toEqual([5]);
    expect(await values(histogram as never)).toEqual([1, 3, 6, 9, 6]);
    expect(await values(summary as never)).toEqual([6, 4]);
    const cursor = histogram.read();
    cursor.next();
    expect([...cursor.cells.subarray(cursor.at, cursor.at + 5)]).toEqual([1, 2, 3, 9, 100]);
  });
});

describe('timers', () => {
  it('record the seconds with the labels of start and end', async () => {
    const labelNames = ['a', 'b'] as const;
    const [gauge, histogram, summary] = [
      new Gauge({ name: 'g', help, labelNames }),
      new Histogram({ name: 'h', help, labelNames }),
      new Summary({ name: 's', help, labelNames }),
    ];
    for (const metric of [gauge, histogram, summary]) {
      const end = metric.startTimer({ a: '1', b: '1' });
      await new Promise((resolve) => setTimeout(resolve, 5));
      const seconds = end({ b: '2' });
      expect(seconds).toBeGreaterThan(0.003);
      expect(seconds).toBeLessThan(5);
      const { values } = await metric.get();
      expect(values.every(({ labels }) => labels['a'] === '1' && labels['b'] === '2')).toBe(true);
      expect(values.some(({ value }) => value === seconds)).toBe(true);
      metric.labels('3', '4').startTimer()();
      expect(metric.size).toBe(2);
    }
  });
});
