import { Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { NEVER, type Observable } from 'rxjs';
import { Counted, Gauged, MetricsService, Timed, type MetricContext } from '../../src/index.js';
import { closeApps, startContext, valueIn } from '../support/metrics-app.js';

afterEach(closeApps);

const labels = {
  first: ({ args }: MetricContext) => args[0] as string,
  second: ({ args }: MetricContext) => args[1] as number,
};

@Injectable()
class Station {
  @Counted('passed_total', { labels: { ...labels, line: 'U1' } })
  @Timed('passing_seconds', { labels })
  @Timed('passing_quantiles', { type: 'summary', labels })
  pass(_first: string, _second: number): void {}
}

const start = async (options = {}) => {
  const { app, registry } = await startContext({ providers: [Station], options });
  const station = app.get(Station);
  /** Calls of a label set by each of the metrics. */
  const passed = async (first: string, second: number) => {
    const sought = { first, second: String(second) };
    return [
      await valueIn(registry, 'passed_total', { ...sought, line: 'U1' }),
      await valueIn(registry, 'passing_seconds_count', sought),
      await valueIn(registry, 'passing_quantiles_count', sought),
    ];
  };
  return { app, registry, station, passed };
};

describe('label functions', () => {
  it('see all arguments of a call, however many', async () => {
    const seen: (readonly unknown[])[] = [];
    class Halt {
      @Counted('calls_total', { labels: { seen: ({ args }) => seen.push(args) } }) pass(
        ...args: number[]
      ): number {
        return args.length;
      }
    }
    const { app } = await startContext({ providers: [Halt] });
    const calls = Array.from({ length: 6 }, (_, length) => Array.from({ length }, (__, i) => i));
    expect(calls.map((args) => app.get(Halt).pass(...args))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(seen).toEqual(calls);
  });

  it('find the series of each call, whatever the calls before it gave', async () => {
    const { station, passed } = await start();
    const calls: [string, number][] = [
      ...Array.from({ length: 3 }, (): [string, number] => ['a', 1]),
      ['a', 2],
      ['a', 2],
      ['a', 1],
      ['b', 1],
      ['a', 1],
    ];
    for (const [first, second] of calls) {
      station.pass(first, second);
    }
    expect(await passed('a', 1)).toEqual([5, 5, 5]);
    expect(await passed('a', 2)).toEqual([2, 2, 2]);
    expect(await passed('b', 1)).toEqual([1, 1, 1]);
  });

  it('find the series among many that take turns', async () => {
    const { station, passed } = await start();
    const times = new Map<string, number>();
    for (let i = 0, chance = 7; i < 900; i++) {
      chance = (chance * 1103515245 + 12345) % 2 ** 31;
      // First two label sets that take turns, then more and more, then one that never comes again among others.
      const first = 'abcdef'.charAt((chance >> 8) % (2 + Math.floor(i / 200)));
      const second = i % 50 === 0 ? i : (chance >> 16) % 2;
      times.set(`${first}:${second}`, (times.get(`${first}:${second}`) ?? 0) + 1);
      station.pass(first, second);
    }
    expect(times.size).toBeGreaterThan(25);
    for (const [sought, count] of times) {
      const [first, second] = sought.split(':') as [string, string];
      expect([sought, await passed(first, Number(second))]).toEqual([sought, [count, count, count]]);
    }
  });

  it('are asked for the calls only that are counted', async () => {
    const asked: string[] = [];
    const by = (name: string) => ({
      of: ({ args }: MetricContext) => {
        asked.push(name);
        return args[0] as string;
      },
    });
    @Injectable()
    class Turnstile {
      @Counted('let_in', { on: 'success', labels: by('let_in') })
      @Counted('turned_away', { on: 'failure', labels: by('turned_away') })
      @Counted('came', { labels: by('came') })
      enter(of: string): void {
        if (of !== 'ticket') {
          throw new Error('no ticket');
        }
      }
    }
    const { app, registry } = await startContext({ providers: [Turnstile] });
    const turnstile = app.get(Turnstile);
    turnstile.enter('ticket');
    expect(() => turnstile.enter('song')).toThrow('no ticket');
    expect([...asked].sort()).toEqual(['came', 'came', 'let_in', 'turned_away']);
    expect(await valueIn(registry, 'let_in_total', { of: 'ticket' })).toBe(1);
    expect(await valueIn(registry, 'turned_away_total', { of: 'song' })).toBe(1);
  });

  it('may give a value as a number or as its text', async () => {
    const { station, passed } = await start();
    for (const second of [1, '1', 1, NaN, NaN, -0, 0, null, undefined, '']) {
      station.pass('a', second as number);
    }
    expect(await passed('a', 1)).toEqual([3, 3, 3]);
    expect(await passed('a', NaN)).toEqual([2, 2, 2]);
    expect(await passed('a', 0)).toEqual([2, 2, 2]);
    expect(await passed('a', '' as never)).toEqual([3, 3, 3]);
  });

  it('find a series once more that was taken out after calls that ended alike', async () => {
    const { app, station, passed } = await start();
    const pass = (): void => [1, 2, 3].forEach(() => station.pass('a', 1));
    const counter = app.get(MetricsService).counter({
      name: 'passed_total',
      help: 'Number of calls.',
      labelNames: ['first', 'second', 'line'],
    });
    pass();
    counter.remove('a', 1, 'U1');
    expect(await passed('a', 1)).toEqual([undefined, 3, 3]);
    pass();
    expect(await passed('a', 1)).toEqual([3, 6, 6]);
    counter.reset();
    station.pass('b', 2);
    expect(await passed('b', 2)).toEqual([1, 1, 1]);
    expect(await passed('a', 1)).toEqual([undefined, 6, 6]);
  });

  it('go into the folded series, and are told of, in each call beyond maxSeries', async () => {
    const { registry, station } = await start({ maxSeries: 1 });
    station.pass('a', 1);
    [1, 2, 3].forEach(() => station.pass('b', 1));
    const other = { first: 'other', second: 'other', line: 'U1' };
    expect(await valueIn(registry, 'passed_total', other)).toBe(3);
    expect(await valueIn(registry, 'exporter_series_dropped_total', { metric: 'passed_total' })).toBe(3);
  });

  it('find the series of a gauge, and move it back, whatever other calls are in progress', async () => {
    @Injectable()
    class Hall {
      @Gauged('inside', { labels })
      async stay(_first: string, _second: number, until: Promise<void>): Promise<void> {
        await until;
      }
      @Gauged('watching', { labels })
      watch(_first: string, _second: number): Observable<never> {
        return NEVER;
      }
    }
    const { app, registry } = await startContext({ providers: [Hall] });
    const hall = app.get(Hall);
    const inside = async () =>
      Promise.all([...'abcde'].map(async (first) => valueIn(registry, 'inside', { first, second: '1' })));
    const ends: (() => void)[] = [];
    const stays = [...'abababcdeab'].map(async (first) =>
      hall.stay(first, 1, new Promise<void>((resolve) => ends.push(resolve))),
    );
    expect(await inside()).toEqual([4, 4, 1, 1, 1]);
    [0, 3, 7, 9].forEach((i) => ends[i]?.());
    await Promise.all([0, 3, 7, 9].map(async (i) => stays[i]));
    expect(await inside()).toEqual([2, 3, 1, 0, 1]);
    ends.forEach((end) => end());
    await Promise.all(stays);
    expect(await inside()).toEqual([0, 0, 0, 0, 0]);
    // Of an Observable, only subscriptions are calls.
    const watching = async () => valueIn(registry, 'watching', { first: 'a', second: '1' });
    const subscriptions = ['a', 'a', 'a'].map((first) => hall.watch(first, 1)).slice(1);
    expect(await watching()).toBe(0);
    const [one, other] = subscriptions.map((observable) => observable.subscribe());
    expect(await watching()).toBe(2);
    one?.unsubscribe();
    expect(await watching()).toBe(1);
    other?.unsubscribe();
    expect(await watching()).toBe(0);
  });

  it('may call the method that they are for', async () => {
    let depth = 0;
    @Injectable()
    class Recursive {
      @Counted('turns_total', {
        labels: {
          depth: ({ args }) => {
            if (++depth < 3) {
              recursive.turn(depth);
            }
            return args[0] as number;
          },
          half: ({ args }) => ((args[0] as number) > 1 ? 'deep' : 'flat'),
        },
      })
      turn(_depth: number): void {}
    }
    const { app, registry } = await startContext({ providers: [Recursive] });
    const recursive = app.get(Recursive);
    const turn = (first: number, at: number): void => {
      depth = at;
      recursive.turn(first);
    };
    // Two that end alike, with others in them that do not; then one of those others alone.
    [0, 0].forEach((first) => turn(first, 0));
    turn(1, 3);
    for (const [value, half, times] of [
      ['0', 'flat', 2],
      ['1', 'flat', 3],
      ['2', 'deep', 2],
    ] as const) {
      expect(await valueIn(registry, 'turns_total', { depth: value, half })).toBe(times);
    }
  });
});

describe('a label function that fails in a way that can not be told', () => {
  const failure = (message: unknown): never => {
    throw Object.assign(new Error(), { message });
  };
  const unprintable = {
    toString: (): string => {
      throw new Error('not I');
    },
  };

  it.each([
    ['a symbol', Symbol('x')],
    ['an object without a prototype', Object.create(null) as object],
    ['an object that throws', unprintable],
  ])('leaves the call as it is (its message is %s)', async (_what, message) => {
    const failing = { label: () => failure(message) };
    class Failing {
      @Gauged('failing_now', { labels: failing })
      @Counted('failing_calls', { labels: failing })
      @Gauged('beside_now')
      run<T>(give: () => T): T {
        return give();
      }
    }
    const { app, registry } = await startContext({ providers: [Failing] });
    const one = app.get(Failing);
    const refused = new Error('refused');
    expect(one.run(() => 'given')).toBe('given');
    expect(await one.run(async () => 'given later')).toBe('given later');
    expect(() =>
      one.run(() => {
        throw refused;
      }),
    ).toThrow(refused);
    expect(await valueIn(registry, 'failing_calls_total', { label: 'error' })).toBe(3);
    expect(await valueIn(registry, 'failing_now', { label: 'error' })).toBe(0);
    expect(await valueIn(registry, 'beside_now')).toBe(0);
    const failures = { metric: 'failing_calls_total', reason: 'label' };
    expect(await valueIn(registry, 'exporter_errors_total', failures)).toBe(3);
  });
});

it('a label function that changes the arguments does not change what the method is given', async () => {
  const given: unknown[] = [];
  const meddle = {
    label: ({ args }: MetricContext) => {
      (args as unknown[])[0] = 'meddled with';
      return 'x';
    },
  };
  class Taker {
    @Gauged('taking', { labels: meddle }) take(...args: unknown[]): void {
      given.push(args);
    }
  }
  const { app } = await startContext({ providers: [Taker] });
  for (let length = 0; length <= 4; length++) {
    app.get(Taker).take(...Array<string>(length).fill('as it was'));
  }
  expect(given).toEqual([0, 1, 2, 3, 4].map((length) => Array<string>(length).fill('as it was')));
});
