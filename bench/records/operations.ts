import type { Bar } from '../lib/bar.js';
import type { Client } from './libraries.js';

const labelNames = ['method', 'route', 'status'];

/** A hundred label sets, and a value for each. */
const sets = Array.from({ length: 100 }, (_, i) => ({
  method: i % 2 === 0 ? 'GET' : 'POST',
  route: `/users/:id/${Math.floor(i / 10)}`,
  status: String(200 + (i % 10)),
  value: ((i * 37) % 100) / 20,
}));

type Loop = (calls: number) => void;

interface Operation {
  name: string;
  /** Nanoseconds it may take. */
  bar?: Bar;
  prepare(client: Client): Loop;
}

export const operations: readonly Operation[] = [
  {
    name: 'inc, no labels',
    prepare(client) {
      const counter = client.counter('bench_total', []);
      return repeat(() => counter.inc());
    },
  },
  {
    name: 'inc, three labels',
    bar: { atMost: 100, unit: 'ns' },
    prepare(client) {
      const counter = client.counter('bench_total', labelNames);
      return overSets(({ method, route, status }) => counter.inc({ method, route, status }));
    },
  },
  {
    name: 'inc, bound',
    bar: { atMost: 25, unit: 'ns' },
    prepare(client) {
      const series = client.counter('bench_total', labelNames).labels('GET', '/', '200');
      return repeat(() => series.inc());
    },
  },
  {
    name: 'observe, no labels',
    prepare(client) {
      const histogram = client.histogram('bench', []);
      return overSets(({ value }) => histogram.observe(value));
    },
  },
  {
    name: 'observe, three labels',
    bar: { atMost: 130, unit: 'ns' },
    prepare(client) {
      const histogram = client.histogram('bench', labelNames);
      return overSets(({ method, route, status, value }) =>
        histogram.observe({ method, route, status }, value),
      );
    },
  },
  {
    name: 'observe, bound',
    bar: { atMost: 25, unit: 'ns' },
    prepare(client) {
      const series = client.histogram('bench', labelNames).labels('GET', '/', '200');
      return overSets(({ value }) => series.observe(value));
    },
  },
  {
    name: 'set, no labels',
    prepare(client) {
      const gauge = client.gauge('bench', []);
      return overSets(({ value }) => gauge.set(value));
    },
  },
  {
    name: 'set, three labels',
    prepare(client) {
      const gauge = client.gauge('bench', labelNames);
      return overSets(({ method, route, status, value }) => gauge.set({ method, route, status }, value));
    },
  },
  {
    name: 'set, bound',
    bar: { atMost: 25, unit: 'ns' },
    prepare(client) {
      const series = client.gauge('bench', labelNames).labels('GET', '/', '200');
      return overSets(({ value }) => series.set(value));
    },
  },
];

function repeat(record: () => void): Loop {
  return (calls) => {
    for (let i = 0; i < calls; i++) {
      record();
    }
  };
}

function overSets(record: (set: (typeof sets)[number]) => void): Loop {
  return (calls) => {
    for (let i = 0; i < calls;) {
      for (const set of sets) {
        record(set);
        i++;
      }
    }
  };
}
