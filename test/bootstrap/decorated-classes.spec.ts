import { Injectable, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Registry } from 'prom-client';
import { Counted, Timed } from '../../src/index.js';
import { closeApps, startContext } from '../support/metrics-app.js';

afterEach(closeApps);

/** `Class.method outcome` of all unnamed counters that are not 0. */
async function counted(registry: Registry): Promise<string[]> {
  const metric = (await registry.getMetricsAsJSON()).find(({ name }) => name === 'method_calls_total');
  const samples = (metric?.values ?? []) as unknown as { labels: Record<string, string>; value: number }[];
  return samples
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => `${labels.class}.${labels.method} ${labels.outcome} ${value}`)
    .sort();
}

describe('a sealed class', () => {
  const Sealed = (target: Function): void => {
    Object.seal(target);
    Object.seal(target.prototype);
  };

  it('is recorded, but for methods that it would have to be given', async () => {
    class Parent {
      inherited(): number {
        return 1;
      }
    }
    @Sealed
    class One extends Parent {
      @Counted() own(): number {
        return 2;
      }
    }
    @Counted()
    @Sealed
    class Whole extends Parent {
      own(): number {
        return 3;
      }
    }
    const { app, registry } = await startContext({ providers: [One, Whole] });
    const given = [app.get(One), app.get(Whole)].map((it_) => [it_.own(), it_.inherited()]);
    expect(given).toEqual([
      [2, 1],
      [3, 1],
    ]);
    expect(await counted(registry)).toEqual(['One.own success 1', 'Whole.own success 1']);
  });
});

it('tells which methods can not be recorded, and leaves them as they are', async () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
  const Frozen = (target: Function): void => void Object.freeze(target.prototype);
  const AsGetter: MethodDecorator = (_target, _name, { value, enumerable }) => ({
    get: () => value as never,
    enumerable: enumerable ?? false,
    configurable: true,
  });
  @Frozen
  class Ice {
    @Counted() work(): number {
      return 1;
    }
  }
  class Bound {
    @AsGetter @Counted() work(): number {
      return 2;
    }
  }
  const { app, registry } = await startContext({ providers: [Ice, Bound] });
  expect([app.get(Ice).work(), app.get(Bound).work()]).toEqual([1, 2]);
  expect(await counted(registry)).toEqual([]);
  expect(warn.mock.calls.map(([text]) => /Calls of (\S+) are not recorded/.exec(String(text))?.[1])).toEqual([
    'Ice.work',
    'Bound.work',
  ]);
  warn.mockRestore();
});

describe('a decorated class', () => {
  it('leaves classes that stand on a prototype as they are', async () => {
    class Part {}
    class Parent {
      declare readonly Part: typeof Part;
      make(): object {
        return new this.Part();
      }
    }
    Object.defineProperty(Parent.prototype, 'Part', { value: Part, writable: true, configurable: true });
    @Counted()
    class Whole extends Parent {}
    const { app, registry } = await startContext({ providers: [Whole] });
    expect(app.get(Whole).make()).toBeInstanceOf(Part);
    expect(await counted(registry)).toEqual(['Whole.make success 1']);
  });

  it('records symbol-named methods, generators, and those of mixins', async () => {
    const hidden = Symbol('hidden');
    abstract class Root {
      abstract name(): string;
      root(): string {
        return this.name();
      }
    }
    class Named extends Root {
      name(): string {
        return 'root';
      }
    }
    const Mixed = (Base: typeof Named) =>
      class Mixin extends Base {
        mixed(): number {
          return 1;
        }
      };
    @Counted()
    class Whole extends Mixed(Named) {
      [hidden](): number {
        return 2;
      }
      *generate(): Generator<number> {
        yield 3;
      }
      async *stream(): AsyncGenerator<number> {
        yield 4;
      }
    }
    const { app, registry } = await startContext({ providers: [Whole] });
    const whole = app.get(Whole);
    expect([whole[hidden](), whole.mixed(), whole.root(), ...whole.generate()]).toEqual([2, 1, 'root', 3]);
    for await (const value of whole.stream()) expect(value).toBe(4);
    expect(await counted(registry)).toEqual(
      ['generate', 'hidden', 'mixed', 'name', 'root', 'stream'].map((name) => `Whole.${name} success 1`),
    );
  });
});

it('counts each outcome once where unnamed decorators share a call', async () => {
  class Both {
    @Counted({ on: 'success' })
    @Counted({ on: 'failure' })
    work(fails: boolean): void {
      if (fails) throw new Error('no');
    }
  }
  @Counted()
  class Parent {
    @Counted({ on: 'failure' }) work(fails: boolean): void {
      if (fails) throw new Error('no');
    }
    @Counted({ on: 'success' }) inherited(fails: boolean): void {
      if (fails) throw new Error('no');
    }
  }
  @Counted()
  class Heir extends Parent {}
  const { app, registry } = await startContext({ providers: [Both, Parent, Heir] });
  for (const service of [app.get(Both), app.get(Parent), app.get(Heir)]) {
    service.work(false);
    expect(() => service.work(true)).toThrow('no');
  }
  expect(() => app.get(Heir).inherited(true)).toThrow('no');
  expect(await counted(registry)).toEqual([
    'Both.work error 1',
    'Both.work success 1',
    'Heir.inherited error 1',
    'Heir.work error 1',
    'Heir.work success 1',
    'Parent.work error 1',
    'Parent.work success 1',
  ]);
});

describe('a spy on the prototype', () => {
  @Injectable()
  class Service {
    @Counted() @Timed() work(..._args: unknown[]): string {
      return 'worked';
    }
  }

  it("from before the start sees the caller's arguments, and when it is gone calls are recorded again", async () => {
    const spy = jest.spyOn(Service.prototype, 'work').mockReturnValue('mocked');
    const first = await startContext({ providers: [Service] });
    expect(first.app.get(Service).work(1, 2)).toBe('mocked');
    expect(spy.mock.calls).toEqual([[1, 2]]);
    spy.mockRestore();
    const second = await startContext({ providers: [Service] });
    expect(second.app.get(Service).work()).toBe('worked');
    expect(await counted(second.registry)).toEqual(['Service.work success 1']);
  });

  it('from after the start is recorded once, and taken off again', async () => {
    const { app, registry } = await startContext({ providers: [Service] });
    const spy = jest.spyOn(Service.prototype, 'work');
    const other = await startContext({ providers: [Service] });
    expect(other.app.get(Service).work(3)).toBe('worked');
    expect(spy.mock.calls).toEqual([[3]]);
    expect(await counted(other.registry)).toEqual(['Service.work success 1']);
    spy.mockRestore();
    app.get(Service).work();
    expect(await counted(registry)).toEqual(['Service.work success 1']);
  });
});
