import { Controller, Get, Inject } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Summary as PromSummary } from 'prom-client';
import { Counted, Gauged, Timed, type MetricContext } from '../../src/index.js';
import { closeApps, startApp, startContext, valueIn } from '../support/metrics-app.js';

afterEach(closeApps);

const labels = { method: ({ methodName }: MetricContext) => methodName };

describe('a method that overflows the stack', () => {
  class Endless {
    @Gauged('running') @Timed() own(): number {
      return this.own() + 1;
    }
    @Gauged('labelled', { labels: { method: (c) => c.methodName } }) labelled(): number {
      return this.labelled() + 1;
    }
    @Gauged('leaf') leaf(isLast: boolean): number {
      return isLast ? 0 : this.overLeaf(false);
    }
    overLeaf(isFirst: boolean): number {
      return this.leaf(!isFirst) + this.overLeaf(false);
    }
  }

  it('throws what it would, and is no longer in progress', async () => {
    const { app, registry } = await startContext({ providers: [Endless] });
    const endless = app.get(Endless);
    const value = (name: string) => valueIn(registry, name);
    for (let i = 0; i < 5; i++) {
      expect(() => endless.own()).toThrow(RangeError);
      expect(() => endless.labelled()).toThrow(RangeError);
      expect(() => endless.overLeaf(true)).toThrow(RangeError);
    }
    endless.leaf(true);
    expect([await value('running'), await value('labelled'), await value('leaf')]).toEqual([0, 0, 0]);
  });
});

describe('a method that is called again in what stack an overflow has left', () => {
  let attempts = 0;
  let entered = 0;
  /** Calls itself until the stack is full, and on the way back once more at each depth. */
  function dive(again: (isLast: boolean) => unknown, isLast: boolean): number {
    entered++;
    if (isLast) {
      return 0;
    }
    try {
      again(false);
    } catch (error) {
      if (attempts-- > 0) {
        again(true);
      }
      throw error;
    }
    return 1;
  }

  // Made before, since to make one takes stack.
  const tooDeep = new Error('too deep');

  class Diver {
    @Gauged('plain_now') @Counted('plain_calls') @Timed('plain_seconds') plain(isLast: boolean): number {
      return dive((last) => this.plain(last), isLast);
    }
    @Gauged('later_now') @Counted('later_calls') @Timed('later_seconds') later(): Promise<number> {
      entered++;
      try {
        return this.later();
      } catch {
        return Promise.resolve(0);
      }
    }
    @Gauged('labelled_later_now', { labels })
    @Counted('labelled_later_calls', { labels })
    @Timed('labelled_later_seconds', { labels })
    labelledLater(): Promise<number> {
      entered++;
      try {
        return this.labelledLater();
      } catch {
        return Promise.resolve(0);
      }
    }
    @Gauged('wrapped_now') @Counted('wrapped_calls') @Timed('wrapped_seconds') wrapped(): number {
      entered++;
      try {
        return this.wrapped() + 1;
      } catch {
        throw tooDeep;
      }
    }
    @Gauged('labelled_wrapped_now', { labels })
    @Counted('labelled_wrapped_calls', { labels })
    @Timed('labelled_wrapped_seconds', { labels })
    labelledWrapped(): number {
      entered++;
      try {
        return this.labelledWrapped() + 1;
      } catch {
        throw tooDeep;
      }
    }
    @Gauged('labelled_now', { labels })
    @Counted('labelled_calls', { labels })
    @Timed('labelled_seconds', { labels })
    labelled(isLast: boolean): number {
      return dive((last) => this.labelled(last), isLast);
    }
  }

  it.each(['plain', 'labelled'] as const)('is recorded whole each time (%s)', async (name) => {
    const { app, registry } = await startContext({ providers: [Diver] });
    const diver = app.get(Diver);
    entered = 0;
    for (let i = 0; i < 10; i++) {
      attempts = 300;
      expect(() => diver[name](false)).toThrow(RangeError);
    }
    diver[name](true);
    expect(await valueIn(registry, `${name}_now`)).toBe(0);
    const calls = await valueIn(registry, `${name}_calls_total`);
    expect(calls).toBe(await valueIn(registry, `${name}_seconds_count`));
    // A call may overflow the stack before its method gets to count it.
    expect(calls).toBeGreaterThanOrEqual(entered);
  });

  it.each([
    ['later', 'later'],
    ['labelledLater', 'labelled_later'],
    ['wrapped', 'wrapped'],
    ['labelledWrapped', 'labelled_wrapped'],
  ] as const)('is recorded whole where it does not throw what it caught (%s)', async (method, name) => {
    const { app, registry } = await startContext({ providers: [Diver] });
    const call = async (): Promise<number> => app.get(Diver)[method]();
    entered = 0;
    for (let i = 0; i < 5; i++) {
      expect(await call().catch(({ message }: Error) => message)).toBe(
        name.endsWith('wrapped') ? 'too deep' : 0,
      );
    }
    expect(await valueIn(registry, `${name}_now`)).toBe(0);
    const calls = await valueIn(registry, `${name}_calls_total`);
    expect(calls).toBe(await valueIn(registry, `${name}_seconds_count`));
    expect(calls).toBeGreaterThanOrEqual(entered);
  });
});

describe('a method at the end of the stack', () => {
  let entered = 0;

  class Leaf {
    @Gauged('plain_now') @Counted('plain_calls', { on: 'success' }) plain(): number {
      return ++entered;
    }
    @Counted('counted_calls', { on: 'success' }) counted(): number {
      return ++entered;
    }
    @Gauged('object_now')
    @Counted('object_calls', { on: 'success' })
    @Timed('object_seconds')
    object(): object {
      return { entered: ++entered };
    }
    @Gauged('labelled_now', { labels })
    @Counted('labelled_calls', { on: 'success', labels })
    @Timed('labelled_seconds', { labels })
    labelled(): number {
      return ++entered;
    }
    @Gauged('both_now', { labels })
    @Counted('both_calls', { on: 'success', labels })
    @Timed('both_seconds', { labels })
    both(): object {
      return { entered: ++entered };
    }
  }

  it.each(['counted', 'plain', 'object', 'labelled', 'both'] as const)(
    'is recorded whole (%s)',
    async (name) => {
      const { app, registry } = await startContext({ providers: [Leaf] });
      const leaf = app.get(Leaf);
      const over = (): number => Number(leaf[name]()) + over();
      // The stack may end anywhere in what records the call.
      const from = (depth: number, ...rest: number[]): number =>
        depth === 0 ? over() + rest.length : from(depth - 1, ...rest);
      entered = 0;
      for (let depth = 0; depth < 30; depth++) {
        expect(() => from(depth, ...Array<number>(depth % 7).fill(0))).toThrow(RangeError);
      }
      leaf[name]();
      expect(await valueIn(registry, `${name}_now`)).toBe(name === 'counted' ? undefined : 0);
      expect(await valueIn(registry, `${name}_calls_total`)).toBe(entered);
    },
  );
});

const OVERFLOWS = 12;

/** A call may overflow the stack before its method gets to count it. */
function expectAll(calls: number | undefined, entered: number): void {
  expect(calls).toBeGreaterThanOrEqual(entered);
  expect(calls).toBeLessThanOrEqual(entered + OVERFLOWS);
}

describe('a method at the end of the stack that is not called again', () => {
  const tooDeep = new Error('too deep');
  let entered = 0;

  class Leaf {
    @Gauged('failing_now')
    @Gauged('failing_too')
    @Counted('failing_calls')
    @Timed('failing_seconds')
    failing(): number {
      entered++;
      throw tooDeep;
    }
    @Gauged('sized_now', { labels })
    @Counted('sized_calls', { labels })
    @Timed('sized_seconds', { labels })
    sized(): number {
      entered++;
      throw tooDeep;
    }
  }

  it.each([
    ['failing', 'failing'],
    ['sized', 'sized'],
  ] as const)(
    'is recorded whole by the next reading, and timed as what it was (%s)',
    async (method, name) => {
      const { app, registry } = await startContext({ providers: [Leaf] });
      const leaf = app.get(Leaf);
      const over = (): number => {
        try {
          leaf[method]();
        } catch (error) {
          if (error !== tooDeep) {
            throw error;
          }
        }
        return 1 + over();
      };
      const from = (depth: number): number => (depth === 0 ? over() : from(depth - 1));
      entered = 0;
      for (let depth = 0; depth < OVERFLOWS; depth++) {
        expect(() => from(depth)).toThrow(RangeError);
      }
      expect(await valueIn(registry, `${name}_now`)).toBe(0);
      const calls = await valueIn(registry, `${name}_calls_total`);
      expect(calls).toBe(await valueIn(registry, `${name}_seconds_count`));
      expectAll(calls, entered);
      // The clock's own time is far more, wherever it began.
      expect(await valueIn(registry, `${name}_seconds_sum`)).toBeLessThan(60);
      if (method === 'failing') {
        expect(await valueIn(registry, 'failing_too')).toBe(0);
      }
    },
  );
});

it('a label function that the stack has no room for is asked once more', async () => {
  const nested = (depth: number): string => (depth === 0 ? 'told' : nested(depth - 1));
  const refuse = (): string => {
    throw new Error('not yet');
  };
  let tell = refuse;
  class Asked {
    @Counted('asked', { labels: { told: () => tell() } }) ask(): void {}
  }
  const { app, registry } = await startContext({ providers: [Asked] });
  const asked = app.get(Asked);
  asked.ask();
  tell = () => nested(50);
  asked.ask();
  const over = (): number => {
    asked.ask();
    return 1 + over();
  };
  expect(over).toThrow(RangeError);
  expect(await valueIn(registry, 'asked_total', { told: 'told' })).toBeGreaterThan(1);
  expect(await valueIn(registry, 'asked_total', { told: 'error' })).toBe(1);
  expect(await valueIn(registry, 'exporter_errors_total', { metric: 'asked_total' })).toBe(1);
});

/** Calls the method at each depth until the stack is full. */
function callUntilFull(call: () => void): void {
  const over = (): number => {
    call();
    return 1 + over();
  };
  const from = (depth: number): number => (depth === 0 ? over() : from(depth - 1));
  for (let depth = 0; depth < OVERFLOWS; depth++) {
    expect(() => from(depth)).toThrow(RangeError);
  }
}

it('a summary counts a call once where its quantiles had no stack', async () => {
  class Summed {
    @Counted('summed') @Timed('summed_seconds', { type: 'summary', percentiles: [0.5] }) sum(): void {}
  }
  const { app, registry } = await startContext({ providers: [Summed] });
  const summed = app.get(Summed);
  callUntilFull(() => summed.sum());
  expect(await valueIn(registry, 'summed_seconds_count')).toBe(await valueIn(registry, 'summed_total'));
});

it('a label function that calls its own method ends, at each call', async () => {
  class Tenants {
    @Gauged('asking') @Counted('tenants', { labels: { tenant: () => tenants.tenant() } }) tenant(): string {
      return 'one';
    }
  }
  const { app, registry } = await startContext({ providers: [Tenants] });
  const tenants = app.get(Tenants);
  for (let i = 0; i < 5; i++) {
    expect(tenants.tenant()).toBe('one');
  }
  expect(await valueIn(registry, 'tenants_total', { tenant: 'one' })).toBeGreaterThan(0);
});

it('a label function that throws what can not be looked at keeps nobody from being recorded', async () => {
  const hostile: unknown = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error('not to be looked at');
      },
    },
  );
  const refuse = (): string => {
    throw hostile;
  };
  class Hostile {
    @Gauged('hostile_now', { labels: { label: refuse } })
    @Counted('hostile', { labels: { label: refuse } })
    run(): string {
      return 'ran';
    }
  }
  const { app, registry } = await startContext({ providers: [Hostile] });
  expect(app.get(Hostile).run()).toBe('ran');
  expect(await valueIn(registry, 'hostile_total', { label: 'error' })).toBe(1);
  expect(await valueIn(registry, 'hostile_now', { label: 'error' })).toBe(0);
});

it('calls that are recorded late are labelled with the request that they were made in', async () => {
  class Told {
    @Counted('told', { labels: { url: ({ request }) => String(request?.url) } }) tell(): void {}
  }
  @Controller()
  class Over {
    constructor(@Inject(Told) private readonly told: Told) {}
    @Get('over') over(): string {
      callUntilFull(() => this.told.tell());
      return 'over';
    }
    @Get('next') next(): string {
      this.told.tell();
      return 'next';
    }
  }
  const app = await startApp({
    controllers: [Over],
    providers: [Told],
    options: { http: { requestContext: true } },
  });
  await app.request('/over');
  await app.request('/next');
  expect(await app.value('told_total', { url: '/next' })).toBe(1);
  expect(await app.value('told_total', { url: 'undefined' })).toBeUndefined();
});

it('label functions of an app that is closed are not asked any more', async () => {
  let asked = 0;
  class Closed {
    @Counted('closed', { labels: { times: () => ++asked % 2 } }) run(): void {}
  }
  const { app } = await startContext({ providers: [Closed] });
  const other = await startContext({ providers: [Closed] });
  const closed = app.get(Closed);
  callUntilFull(() => closed.run());
  await app.close();
  const before = asked;
  other.app.get(Closed).run();
  expect(asked).toBe(before + 1);
});

it('series that are new where the stack ends are made whole, once each', async () => {
  const given = {
    user: ({ args }: MetricContext) => String(args[0]),
    quoted: ({ args }: MetricContext) => `${args[0]}"`,
  };
  class Visits {
    @Gauged('visiting', { labels: given }) @Counted('visits', { labels: given }) visit(_user: string): void {}
  }
  const { app, registry } = await startContext({ providers: [Visits] });
  const visits = app.get(Visits);
  let attempts = 0;
  const walk = (user: string): void => {
    try {
      walk(user);
    } catch (error) {
      if (attempts-- > 0) {
        try {
          visits.visit(user);
        } catch {
          // There was no stack to call it.
        }
      }
      throw error;
    }
  };
  const from = (depth: number, user: string): void => (depth === 0 ? walk(user) : from(depth - 1, user));
  for (let i = 0; i < 40; i++) {
    attempts = 400;
    expect(() => from(i, `user${i % 20}`)).toThrow(RangeError);
  }
  for (const metric of ['visiting', 'visits_total']) {
    const series =
      (await registry.getSingleMetric(metric)?.get())?.values.map((sample) => sample.labels) ?? [];
    expect(series.length).toBeGreaterThan(0);
    expect(new Set(series.map(({ user }) => user)).size).toBe(series.length);
    expect(series.map(({ quoted }) => quoted)).toEqual(series.map(({ user }) => `${user}"`));
  }
});

it.each([false, true])(
  'a handler at the end of the stack is recorded whole where it is inherited (labels: %s)',
  async (isLabelled) => {
    const options = isLabelled ? { labels } : {};
    let entered = 0;
    class Base {
      @Get('leaf') @Gauged('base_now', options) @Counted('base_calls', options) leaf(): number {
        return ++entered;
      }
      @Get('over') over(): string {
        const over = (): number => this.leaf() + over();
        const from = (depth: number): number => (depth === 0 ? over() : from(depth - 1));
        for (let depth = 0; depth < OVERFLOWS; depth++) {
          try {
            from(depth);
          } catch {
            // Where the stack ended is another place each time.
          }
        }
        return 'over';
      }
    }
    @Controller()
    class Inheriting extends Base {}
    const app = await startApp({ controllers: [Inheriting] });
    expect((await app.request('/over')).body).toBe('over');
    expect(await app.value('base_now')).toBe(0);
    expectAll(await app.value('base_calls_total'), entered);
  },
);

it('a handler at the end of the stack is no longer in progress once it has handled a request', async () => {
  @Controller()
  class Leaf {
    @Get('leaf') @Gauged('leaf_now') @Counted('leaf_calls') leaf(): string {
      return 'leaf';
    }
    @Get('over') over(): string {
      const over = (): string => this.leaf() + over();
      const from = (depth: number): string => (depth === 0 ? over() : from(depth - 1));
      for (let depth = 0; depth < 30; depth++) {
        try {
          from(depth);
        } catch {
          // Where the stack ended is another place each time.
        }
      }
      return 'over';
    }
  }
  const app = await startApp({ controllers: [Leaf], options: { http: { excludedPaths: ['/none'] } } });
  expect((await app.request('/over')).body).toBe('over');
  expect((await app.request('/leaf')).body).toBe('leaf');
  expect(await app.value('leaf_now')).toBe(0);
});

it('a label function is called wherever its method is, whatever error it throws', async () => {
  const fails = (error: Error) => () => {
    throw error;
  };
  class Depths {
    @Gauged('ranged', { labels: { at: fails(new RangeError('Invalid time value')) } }) ranged(): void {}
    @Gauged('typed', { labels: { at: fails(new TypeError('not a date')) } }) typed(): void {}
  }
  const { app } = await startContext({ providers: [Depths] });
  const depths = app.get(Depths);
  const deepest = (name: 'ranged' | 'typed'): number => {
    const call = (depth: number): void => (depth === 0 ? depths[name]() : call(depth - 1));
    let [reached, missed] = [0, 20_000];
    while (missed - reached > 20) {
      const depth = Math.floor((reached + missed) / 2);
      try {
        call(depth);
        reached = depth;
      } catch {
        missed = depth;
      }
    }
    return reached;
  };
  deepest('ranged');
  const typed = deepest('typed');
  expect(typed - deepest('ranged')).toBeLessThan(typed / 50);
});

it('methods that label functions call are recorded whole in a runaway recursion', async () => {
  let entered = 0;
  class Recursion {
    @Gauged('outer_now', { labels: { told: () => recursion.inner() } })
    @Counted('outer_calls', { labels: { told: () => recursion.inner() } })
    outer(): number {
      return this.outer() + 1;
    }
    // Late ones come while others are recorded: no label function is asked for these.
    @Gauged('inner_now', { labels }) @Counted('inner_calls') inner(): string {
      entered++;
      return 'told';
    }
  }
  const { app, registry } = await startContext({ providers: [Recursion] });
  const recursion = app.get(Recursion);
  for (let i = 0; i < 20; i++) {
    expect(() => recursion.outer()).toThrow(RangeError);
  }
  recursion.inner();
  const value = (name: string) => valueIn(registry, name);
  expect([await value('inner_now'), await value('outer_now')]).toEqual([0, 0]);
  expect(await value('inner_calls_total')).toBeGreaterThanOrEqual(entered);
});

describe('a generator that runs away', () => {
  const tooDeep = new Error('too deep');
  let entered = 0;
  const fail = (): number[] => {
    throw tooDeep;
  };

  class Walks {
    @Gauged('walking') @Counted('walks') *walk(): Generator<number> {
      entered++;
      yield* this.walk();
    }
    @Gauged('labelled_walking', { labels })
    @Counted('labelled_walks', { labels })
    *labelled(): Generator<number> {
      entered++;
      yield* this.labelled();
    }
    @Gauged('failing_now') @Counted('failing_calls') *failing(): Generator<number> {
      entered++;
      yield* fail();
    }
  }

  it.each([
    ['walk', 'walking', 'walks_total'],
    ['labelled', 'labelled_walking', 'labelled_walks_total'],
  ] as const)('is no longer in progress, and counted (%s)', async (method, gauge, counter) => {
    const { app, registry } = await startContext({ providers: [Walks] });
    const walks = app.get(Walks);
    entered = 0;
    for (let i = 0; i < OVERFLOWS; i++) {
      expect(() => [...walks[method]()]).toThrow(RangeError);
    }
    expectAll(await valueIn(registry, counter), entered);
    // One that was made, and could not begin.
    expect(await valueIn(registry, gauge)).toBeLessThanOrEqual(OVERFLOWS);
  });

  it('throws its own error at the end of the stack too', async () => {
    const { app, registry } = await startContext({ providers: [Walks] });
    const walks = app.get(Walks);
    const others: unknown[] = [];
    const over = (): number => {
      const generator = walks.failing();
      const before = entered;
      try {
        generator.next();
      } catch (error) {
        // Where it could not begin, the stack was full before.
        if (error !== tooDeep && entered > before) {
          others[others.length] = error;
        }
      }
      return 1 + over();
    };
    const from = (depth: number): number => (depth === 0 ? over() : from(depth - 1));
    for (let depth = 0; depth < OVERFLOWS; depth++) {
      expect(() => from(depth)).toThrow(RangeError);
    }
    expect(others).toEqual([]);
    expect(await valueIn(registry, 'failing_now')).toBeLessThanOrEqual(OVERFLOWS);
  });
});

it('a metric that can not be recorded keeps no gauge from going down, and no other metric from counting', async () => {
  class Jobs {
    @Gauged('jobs_now')
    @Timed('jobs_seconds', { type: 'summary', percentiles: [0.5] })
    @Counted('jobs')
    job(): void {}
    @Gauged('labelled_jobs_now', { labels })
    @Timed('labelled_jobs_seconds', { type: 'summary', percentiles: [0.5] })
    @Counted('labelled_jobs')
    labelled(): void {}
  }
  const { app, registry } = await startContext({ providers: [Jobs] });
  const jobs = app.get(Jobs);
  const observe = jest.spyOn(PromSummary.prototype, 'observe').mockImplementation(() => {
    throw new Error('no memory');
  });
  for (let i = 0; i < 3; i++) {
    jobs.job();
    jobs.labelled();
  }
  observe.mockRestore();
  jobs.job();
  jobs.labelled();
  for (const name of ['jobs', 'labelled_jobs']) {
    expect(await valueIn(registry, `${name}_now`)).toBe(0);
    expect(await valueIn(registry, `${name}_total`)).toBe(4);
  }
});
