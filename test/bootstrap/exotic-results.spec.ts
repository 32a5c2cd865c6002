import { Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Observable, firstValueFrom, lastValueFrom, map, of } from 'rxjs';
import { Counted, Gauged, MetricsService } from '../../src/index.js';
import { closeApps, startContext, valueIn } from '../support/metrics-app.js';

@Injectable()
class Giver {
  @Counted('calls', { labels: { result: (c) => String(c.result) } })
  @Gauged('running')
  @Counted()
  give<T>(value: T): T {
    return value;
  }
  @Counted('outer') outer<T>(value: T): T {
    return this.give(value);
  }
}

async function giver() {
  const { app, registry } = await startContext({ providers: [Giver] });
  return {
    service: app.get(Giver),
    metrics: app.get(MetricsService),
    value: (name: string, labels = {}) => valueIn(registry, name, labels),
    successes: () => valueIn(registry, 'method_calls_total', { outcome: 'success' }),
  };
}

afterEach(closeApps);

describe('an instance of a promise subclass', () => {
  class Plainer extends Promise<number> {
    isCancelled = false;
    static override get [Symbol.species]() {
      return Promise;
    }
    cancel(): void {
      this.isCancelled = true;
    }
  }
  class Guarded extends Promise<number> {
    static made = 0;
    #onCancel: (() => void) | undefined;
    constructor(executor: ConstructorParameters<typeof Promise<number>>[0]) {
      super(executor);
      Guarded.made++;
    }
    whenCancelled(callback: () => void): this {
      this.#onCancel = callback;
      return this;
    }
    cancel(): void {
      this.#onCancel?.();
    }
  }

  it('is the very one, and recorded when it settles', async () => {
    const { service, value, successes } = await giver();
    let settle: (value: number) => void = () => {};
    const given = new Plainer((resolve) => {
      settle = resolve;
    });
    const got = service.give(given);
    got.cancel();
    expect([got === given, given.isCancelled, Object.keys(given)]).toEqual([true, true, ['isCancelled']]);
    expect([await value('running'), await successes()]).toEqual([1, 0]);
    settle(4);
    expect(await got).toBe(4);
    expect([await value('running'), await successes()]).toEqual([0, 1]);
    expect(await value('calls_total', { result: '4' })).toBe(1);
    expect(service.give(given)).toBe(given);
    expect(await Promise.all([given, given.then((n) => n + 1)])).toEqual([4, 5]);
    expect(await successes()).toBe(2);
  });

  it('keeps its private state, and its class makes no other one for us', async () => {
    const { service, successes } = await giver();
    let cancelled = 0;
    const given = new Guarded((resolve) => resolve(1)).whenCancelled(() => cancelled++);
    const got = service.outer(given);
    got.cancel();
    expect([cancelled, got.constructor, Guarded.made]).toEqual([1, Guarded, 1]);
    expect(await got).toBe(1);
    expect(await successes()).toBe(1);
  });

  it('rejects for who asks for it', async () => {
    const { service, value } = await giver();
    const got = service.give(Plainer.reject(new Error('no')) as Plainer);
    await expect(got).rejects.toThrow('no');
    await expect(got.finally(() => {})).rejects.toThrow('no');
    expect(await value('method_calls_total', { outcome: 'error' })).toBe(1);
  });
});

it('gives one promise for one promise, however many calls gave it', async () => {
  const { service, successes } = await giver();
  const given = Promise.resolve(3) as Promise<number> & { tag?: string };
  const first = service.give(given);
  given.tag = 'late';
  const second = service.give(given);
  expect(second).toBe(first);
  expect([await second, second.tag]).toEqual([3, 'late']);
  expect(await successes()).toBe(2);
});

describe('a proxy', () => {
  it('that has a function for every name is a value like any other', async () => {
    const { service, successes } = await giver();
    const client = new Proxy({}, { get: (_target, key) => () => key });
    expect(service.give(client) === client).toBe(true);
    expect(Object.keys(client)).toEqual([]);
    expect(await successes()).toBe(1);
  });
});

describe('an Observable of a class of the own', () => {
  class Store extends Observable<number> {
    #state = 5;
    constructor() {
      super((subscriber) => {
        subscriber.next(this.#state);
        subscriber.complete();
      });
    }
    get state(): number {
      return this.#state;
    }
    set(state: number): void {
      this.#state = state;
    }
    doubled(): Observable<number> {
      return this.pipe(map((state) => state * 2));
    }
  }

  it('keeps its private state, and each subscription is recorded', async () => {
    const { service, value, successes } = await giver();
    const store = new Store();
    const got = service.outer(store);
    expect(got.state).toBe(5);
    got.set(6);
    expect([await firstValueFrom(got), await lastValueFrom(got.doubled())]).toEqual([6, 12]);
    expect([await successes(), await value('outer_total'), await value('running')]).toEqual([2, 2, 0]);
  });

  it('is recorded once a subscription where the same is given again', async () => {
    const { service, value, successes } = await giver();
    const store = new Store();
    for (let i = 0; i < 20_000; i++) service.give(store);
    expect(await lastValueFrom(service.give(store))).toBe(5);
    expect([await successes(), await value('running')]).toEqual([1, 0]);
  });
});

it('watches an iterator that is given again and again only once, and closes all its calls', async () => {
  const { service, value, successes } = await giver();
  const iterator = (function* (): Generator<number, void> {
    for (;;) yield 1;
  })();
  for (let i = 0; i < 20_000; i++) service.give(iterator);
  expect(iterator.next()).toEqual({ value: 1, done: false });
  expect(await value('running')).toBe(20_000);
  iterator.return();
  expect([await successes(), await value('running')]).toEqual([20_000, 0]);
});

describe('time()', () => {
  const histogram = { name: 'work_seconds', help: 'Work.' };

  it('gives back what a decorated method would', async () => {
    const { metrics, value } = await giver();
    const tagged = metrics.time(histogram, () => Object.assign(Promise.resolve(1), { tag: 2 }));
    expect([tagged.tag, await tagged]).toEqual([2, 1]);
    let runs = 0;
    const thenable = { then: () => runs++ };
    expect([metrics.time(histogram, () => thenable) === thenable, runs]).toEqual([true, 0]);
    await expect(metrics.time(histogram, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(() =>
      metrics.time(histogram, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(await value('work_seconds_count')).toBe(4);
  });

  it('observes each subscription to an Observable, and an iterator at its end', async () => {
    const { metrics, value } = await giver();
    const observable = metrics.time(histogram, () => of(1, 2));
    const iterator = metrics.time(histogram, () => [1, 2].values());
    expect(await value('work_seconds_count')).toBe(0);
    expect([await lastValueFrom(observable), await lastValueFrom(observable)]).toEqual([2, 2]);
    expect([...iterator]).toEqual([1, 2]);
    expect(await value('work_seconds_count')).toBe(3);
  });
});

describe('an iterator', () => {
  it('of a class of its own is recorded at its end', async () => {
    class Count implements IterableIterator<number> {
      private at = 0;
      constructor(private readonly end: number) {}
      next(): IteratorResult<number, undefined> {
        return this.at < this.end ? { value: ++this.at, done: false } : { value: undefined, done: true };
      }
      [Symbol.iterator](): this {
        return this;
      }
    }
    const { service, value } = await giver();
    const numbers = service.give(new Count(2));
    numbers.next();
    expect(await value('running')).toBe(1);
    expect([...numbers]).toEqual([2]);
    expect(await value('running')).toBe(0);
  });

  it('may leave out `done` until its end', async () => {
    const { service, value } = await giver();
    const steps: object[] = [{ value: 1 }, {}, { value: 2 }, { done: true }];
    const bare = {
      next: () => steps.shift(),
      [Symbol.iterator]() {
        return this;
      },
    };
    const iterator = service.give(bare) as unknown as IterableIterator<number>;
    iterator.next();
    expect(await value('running')).toBe(1);
    expect([...iterator]).toEqual([undefined, 2]);
    expect(await value('running')).toBe(0);
  });

  it('whose step throws when it is looked at throws only then', async () => {
    const { service, successes } = await giver();
    const step = {
      get done(): boolean {
        throw new Error('not yet');
      },
    };
    const odd = {
      next: () => step,
      [Symbol.iterator]() {
        return this;
      },
    };
    expect(service.give(odd).next()).toBe(step);
    expect(await successes()).toBe(1);
  });

  it('is counted once where a label function goes on iterating', async () => {
    class Loop {
      @Gauged('looping')
      @Counted('loops', {
        labels: {
          next: ({ args }) => {
            (args[0] as { numbers?: Iterator<number> }).numbers?.next();
            return 'asked';
          },
        },
      })
      *numbers(_holder: object): Generator<number> {
        yield 1;
      }
    }
    const { app, registry } = await startContext({ providers: [Loop] });
    const holder: { numbers?: Generator<number> } = {};
    holder.numbers = app.get(Loop).numbers(holder);
    expect([...holder.numbers]).toEqual([1]);
    expect(await valueIn(registry, 'loops_total', { next: 'asked' })).toBe(1);
    expect(await valueIn(registry, 'looping')).toBe(0);
  });
});

describe("a database's cursor, which has a `next` of another kind,", () => {
  const rows = (): (object | null)[] => [{ id: 1 }, { id: 2, done: true }, null];

  it('is over at once where it makes another iterator', async () => {
    const { service, value, successes } = await giver();
    const left = rows();
    const cursor = service.give({
      next: async () => left.shift() ?? null,
      async *[Symbol.asyncIterator]() {
        yield* left;
      },
    });
    expect(await value('running')).toBe(0);
    expect(await successes()).toBe(1);
    expect(await cursor.next()).toEqual({ id: 1 });
  });

  it('is over with its first row where nothing else tells', async () => {
    const { service, value, successes } = await giver();
    const left = rows();
    const cursor = service.give({
      next: async () => left.shift() ?? null,
      [Symbol.asyncIterator]: () => rows()[Symbol.iterator](),
    });
    expect(await cursor.next()).toEqual({ id: 1 });
    expect(await value('running')).toBe(0);
    expect(await cursor.next()).toEqual({ id: 2, done: true });
    expect(await successes()).toBe(1);
  });

  it.each([
    { _id: 1, key: 'k', value: 3 },
    { _id: 1, title: 't', done: false },
    { value: 3, unit: 's' },
  ])(
    'is over with its first row also where that has columns that steps of iterators have (%j)',
    async (row) => {
      const { service, value, successes } = await giver();
      const cursor = service.give({ next: async () => row, [Symbol.asyncIterator]: () => cursor });
      expect(await cursor.next()).toBe(row);
      expect([await value('running'), await successes()]).toEqual([0, 1]);
    },
  );

  it('is none where its steps come at once, whatever else they have', async () => {
    const { service, value, successes } = await giver();
    let next = 0;
    const steps = service.give({
      next: () => (next < 2 ? { value: next++, index: next } : { done: true }),
      [Symbol.iterator]: () => steps,
    });
    expect(steps.next()).toEqual({ value: 0, index: 1 });
    expect([await value('running'), await successes()]).toEqual([1, 0]);
    steps.next();
    steps.next();
    expect([await value('running'), await successes()]).toEqual([0, 1]);
  });

  it('is over at once where it is a stream', async () => {
    const { service, value } = await giver();
    service.give({
      next: () => null,
      pipe: () => {},
      [Symbol.asyncIterator]: () => rows()[Symbol.iterator](),
    });
    expect(await value('running')).toBe(0);
  });
});
