import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BehaviorSubject,
  Observable,
  firstValueFrom,
  lastValueFrom,
  of,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { Counted, Gauged, Timed } from '../../src/index.js';
import { closeApps, startContext, valueIn } from '../support/metrics-app.js';

class Refusal extends Error {}

const all = [Counted('calls'), Gauged('running'), Timed('seconds'), Counted()];
const Watched = (): MethodDecorator => (target, key, descriptor) =>
  all.forEach((decorate) => decorate(target, key as string, descriptor as PropertyDescriptor));

@Injectable()
class Kinds {
  subject = new BehaviorSubject(1);
  starts = 0;

  @Watched() give<T>(value: T): T {
    return value;
  }
  @Watched() fail(): never {
    throw new Refusal('no');
  }
  @Watched() async wait(ms: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'waited';
  }
  @Watched() async refuse(): Promise<never> {
    throw new Refusal('later');
  }
  @Watched() *count(to: number): Generator<number, string> {
    for (let i = 0; i < to; i++) yield i;
    return 'counted';
  }
  @Watched() async *stream(to: number): AsyncGenerator<number> {
    for (let i = 0; i < to; i++) yield i;
  }
  @Watched() *broken(): Generator<number> {
    yield 1;
    throw new Refusal('broken');
  }
  @Watched() observe(): Observable<number> {
    return of(1, 2, 3);
  }
  @Watched() subjectItself(): BehaviorSubject<number> {
    return this.subject;
  }
  @Watched() wrong(): Observable<never> {
    return throwError(() => new Refusal('wrong'));
  }
  @Watched() endless(): Observable<number> {
    return new Observable((subscriber) => {
      this.starts++;
      let i = 0;
      while (!subscriber.closed) subscriber.next(i++);
    });
  }
}

async function kinds() {
  const { app, registry } = await startContext({ providers: [Kinds] });
  const value = (name: string, labels = {}) => valueIn(registry, name, labels);
  return {
    service: app.get(Kinds),
    calls: () => value('calls_total'),
    running: () => value('running'),
    timed: () => value('seconds_count'),
    seconds: () => value('seconds_sum'),
    outcome: (method: string, outcome: string) =>
      value('method_calls_total', { class: 'Kinds', method, outcome }),
  };
}

afterEach(closeApps);

describe('what a decorated method gives', () => {
  it.each([undefined, null, 0, '', false, 7n, Symbol.iterator, 'text'])(
    'gives back %p as it is',
    async (given) => {
      const { service, calls, running } = await kinds();
      expect(service.give(given)).toBe(given);
      expect(await calls()).toBe(1);
      expect(await running()).toBe(0);
    },
  );

  it('gives back objects, functions and iterables as they are', async () => {
    const { service, calls } = await kinds();
    const given = [{}, [1], new Map(), new Set(), () => 1, new Date(), Buffer.from('a'), Object.freeze({})];
    for (const value of given) {
      expect(service.give(value)).toBe(value);
    }
    expect(await calls()).toBe(given.length);
  });

  it('gives back an object that throws when it is looked at', async () => {
    const { service, calls } = await kinds();
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('hands off');
        },
        getPrototypeOf() {
          throw new Error('hands off');
        },
      },
    );
    expect(service.give(hostile) === hostile).toBe(true);
    expect(await calls()).toBe(1);
  });

  it('throws what the method throws, and counts it as an error', async () => {
    const { service, calls, running, outcome, timed } = await kinds();
    expect(() => service.fail()).toThrow(Refusal);
    expect([await calls(), await running(), await timed()]).toEqual([1, 0, 1]);
    expect(await outcome('fail', 'error')).toBe(1);
    expect(await outcome('fail', 'success')).toBe(0);
  });

  it('records a promise when it settles', async () => {
    const { service, calls, running, seconds } = await kinds();
    const promise = service.wait(30);
    expect([await calls(), await running()]).toEqual([0, 1]);
    expect(await promise).toBe('waited');
    expect([await calls(), await running()]).toEqual([1, 0]);
    expect(await seconds()).toBeGreaterThan(0.02);
  });

  it('records a rejection', async () => {
    const { service, outcome, running } = await kinds();
    await expect(service.refuse()).rejects.toThrow(Refusal);
    expect([await outcome('refuse', 'error'), await running()]).toEqual([1, 0]);
  });

  it("keeps a promise's own properties and class", async () => {
    const { service } = await kinds();
    class Cancellable<T> extends Promise<T> {
      cancel(): string {
        return 'cancelled';
      }
    }
    const given = Object.assign(Cancellable.resolve(5) as Cancellable<number>, { pid: 7 });
    const got = service.give(given);
    expect(got).toBeInstanceOf(Cancellable);
    expect([got.pid, got.cancel(), await got]).toEqual([7, 'cancelled', 5]);
  });

  it('records the promises of another realm when they settle', async () => {
    const { service, running } = await kinds();
    const promise = service.give(readFile(import.meta.filename, 'utf8'));
    expect(await running()).toBeDefined();
    expect(await promise).toContain('another realm');
    expect(await running()).toBe(0);
  });

  it('never reads the `then` of what is no promise, since that may run it', async () => {
    const { service, calls } = await kinds();
    let reads = 0;
    const lazy = {
      get then() {
        reads++;
        return undefined;
      },
    };
    expect(service.give(lazy) === lazy).toBe(true);
    expect([reads, await calls()]).toEqual([0, 1]);
  });

  it('never touches a lazy thenable', async () => {
    const { service, calls } = await kinds();
    let runs = 0;
    const query = {
      then(done: (value: string) => void) {
        runs++;
        done('rows');
      },
    };
    expect(service.give(query)).toBe(query);
    expect([runs, await calls()]).toEqual([0, 1]);
    expect(await query).toBe('rows');
    expect(runs).toBe(1);
  });

  it('never calls the overridden then of a lazy promise', async () => {
    const { service } = await kinds();
    let runs = 0;
    class Lazy extends Promise<string> {
      override then: Promise<string>['then'] = (ok, no) => {
        runs++;
        return Promise.resolve('x').then(ok, no);
      };
    }
    const lazy = new Lazy((resolve) => resolve('x'));
    expect(service.give(lazy)).toBe(lazy);
    expect(runs).toBe(0);
  });

  it('records an iterator at its end, and what it yields stays the same', async () => {
    const { service, calls, running, outcome } = await kinds();
    const iterator = service.count(3);
    expect([await calls(), await running()]).toEqual([0, 1]);
    expect([...iterator]).toEqual([0, 1, 2]);
    expect([await calls(), await running(), await outcome('count', 'success')]).toEqual([1, 0, 1]);
    expect(service.count(1).next()).toEqual({ value: 0, done: false });
  });

  it('takes an iterator that is left early for a success', async () => {
    const { service, calls, running } = await kinds();
    for (const value of service.count(10)) {
      if (value === 2) break;
    }
    expect([await calls(), await running()]).toEqual([1, 0]);
  });

  it('keeps the value that a generator returns, and delegation', async () => {
    const { service } = await kinds();
    function* outer(): Generator<number, string> {
      return yield* service.count(2);
    }
    const iterator = outer();
    expect([iterator.next(), iterator.next(), iterator.next()]).toEqual([
      { value: 0, done: false },
      { value: 1, done: false },
      { value: 'counted', done: true },
    ]);
  });

  it('records an iterator that throws as an error', async () => {
    const { service, outcome, running } = await kinds();
    expect(() => [...service.broken()]).toThrow(Refusal);
    expect([await outcome('broken', 'error'), await running()]).toEqual([1, 0]);
  });

  it('records an async iterator at its end, and one that is left early', async () => {
    const { service, calls, running } = await kinds();
    const seen: number[] = [];
    for await (const value of service.stream(3)) seen.push(value);
    expect(seen).toEqual([0, 1, 2]);
    expect([await calls(), await running()]).toEqual([1, 0]);
    for await (const value of service.stream(3)) {
      if (value === 1) break;
    }
    expect([await calls(), await running()]).toEqual([2, 0]);
  });

  it('records each subscription to an Observable at its end', async () => {
    const { service, calls, running, timed } = await kinds();
    const observable = service.observe();
    expect([await calls(), await running()]).toEqual([0, 0]);
    expect(await lastValueFrom(observable)).toBe(3);
    expect(await firstValueFrom(observable.pipe(toArray()))).toEqual([1, 2, 3]);
    expect([await calls(), await running(), await timed()]).toEqual([2, 0, 2]);
  });

  it('records an Observable that fails, and one that is left', async () => {
    const { service, outcome, running } = await kinds();
    await expect(lastValueFrom(service.wrong())).rejects.toThrow(Refusal);
    expect(await outcome('wrong', 'error')).toBe(1);
    const subscription = service.subjectItself().subscribe();
    expect(await running()).toBe(1);
    subscription.unsubscribe();
    expect([await outcome('subjectItself', 'success'), await running()]).toEqual([1, 0]);
  });

  it('ends a synchronous endless Observable when its subscriber has enough', async () => {
    const { service, calls } = await kinds();
    expect(await firstValueFrom(service.endless().pipe(take(3), toArray()))).toEqual([0, 1, 2]);
    expect([await calls(), service.starts]).toEqual([1, 1]);
  });

  it('gives a Subject that still is one', async () => {
    const { service } = await kinds();
    const given = service.subjectItself();
    expect(given).toBeInstanceOf(BehaviorSubject);
    const seen: number[] = [];
    given.subscribe((value) => seen.push(value));
    given.next(2);
    service.subject.next(3);
    expect([seen, given.value, given.getValue()]).toEqual([[1, 2, 3], 3, 3]);
  });
});
