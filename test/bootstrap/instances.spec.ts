import { EventEmitter } from 'node:events';
import { Controller, Get, Inject, Injectable, Module, Param, Scope } from '@nestjs/common';
import { ContextIdFactory, LazyModuleLoader, ModuleRef } from '@nestjs/core';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import { Counted, ExcludeAllMetrics, Gauged, Timed } from '../../src/index.js';
import { closeApps, startApp, startContext, valueIn } from '../support/metrics-app.js';

const Calls = Counted('calls', { labels: { class: (c) => c.className, method: (c) => c.methodName } });

@Injectable()
class Single {
  @Calls work(): string {
    return 'single';
  }
}
@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @Calls work(): string {
    return 'request';
  }
}
@Injectable({ scope: Scope.REQUEST, durable: true })
class Durable {
  @Calls work(): string {
    return 'durable';
  }
}
@Injectable({ scope: Scope.TRANSIENT })
class Transient {
  @Calls work(): string {
    return 'transient';
  }
}
class Made {
  #secret = 'made';
  @Calls work(): string {
    return this.#secret;
  }
}
class Base {
  @Calls inherited(): string {
    return this.constructor.name;
  }
  @Calls overridden(): string {
    return 'base';
  }
}
@Injectable()
class Child extends Base {
  override overridden(): string {
    return `child of ${super.overridden()}`;
  }
}
@Injectable()
class Bound {
  readonly run: () => string;
  constructor() {
    this.run = this.work.bind(this);
  }
  @Calls work(): string {
    return 'bound';
  }
}

@Controller()
class Everything {
  constructor(
    private readonly single: Single,
    private readonly request: PerRequest,
    private readonly durable: Durable,
    private readonly transient: Transient,
    @Inject('made') private readonly made: Made,
  ) {}
  @Get('all') all(): string[] {
    return [this.single, this.request, this.durable, this.transient, this.made].map((one) => one.work());
  }
}

@Controller('sync')
class StaticController {
  constructor(private readonly transient: Transient) {}
  @Get(':id') @Calls get(@Param('id') id: string): string {
    return `${id} ${this.transient.work()}`;
  }
}

afterEach(closeApps);

const made = { provide: 'made', useFactory: () => new Made() };
const classes = ['Single', 'PerRequest', 'Durable', 'Transient', 'Made'];

describe('instances of an app', () => {
  it('are recorded whatever their scope, each for its own app', async () => {
    const setup = {
      controllers: [Everything, StaticController],
      providers: [Single, PerRequest, Durable, Transient, made],
    };
    const first = await startApp(setup);
    const second = await startApp(setup);
    for (let i = 0; i < 3; i++) {
      expect((await first.request('/all')).body).toBe('["single","request","durable","transient","made"]');
    }
    await second.request('/all');
    await second.request('/sync/7');
    for (const className of classes) {
      expect([className, await first.value('calls_total', { class: className })]).toEqual([className, 3]);
    }
    expect(await second.value('calls_total', { class: 'Single' })).toBe(1);
    expect(await second.value('calls_total', { class: 'Transient' })).toBe(2);
    expect(await second.value('calls_total', { class: 'StaticController' })).toBe(1);
    expect(await first.value('calls_total', { class: 'StaticController' })).toBeUndefined();
  });

  it('are recorded where a frozen object or a value is provided', async () => {
    const frozen = Object.freeze(new Made());
    const { app, registry } = await startContext({ providers: [{ provide: 'value', useValue: frozen }] });
    await startContext({});
    app.get<Made>('value').work();
    expect(await valueIn(registry, 'calls_total', { class: 'Made' })).toBe(1);
  });

  it('are recorded where the module reference makes them', async () => {
    const { app, registry } = await startContext({ providers: [PerRequest, Single] });
    const modules = app.get(ModuleRef);
    (await modules.create(Single)).work();
    (await modules.resolve(PerRequest, ContextIdFactory.create(), { strict: false })).work();
    expect(await valueIn(registry, 'calls_total', { class: 'Single' })).toBe(1);
    expect(await valueIn(registry, 'calls_total', { class: 'PerRequest' })).toBe(1);
  });

  it('are recorded where nobody but the code made them, for the app made last', async () => {
    const first = await startContext({});
    const second = await startContext({});
    new Single().work();
    expect(await valueIn(first.registry, 'calls_total', { class: 'Single' })).toBeUndefined();
    expect(await valueIn(second.registry, 'calls_total', { class: 'Single' })).toBe(1);
    await second.app.close();
    new Single().work();
    expect(await valueIn(first.registry, 'calls_total', { class: 'Single' })).toBe(1);
    await first.app.close();
    expect(new Single().work()).toBe('single');
  });

  it('are recorded with the concrete class, through super, and bound in a constructor', async () => {
    const { app, registry } = await startContext({ providers: [Child, Bound] });
    const child = app.get(Child);
    expect(child.inherited()).toBe('Child');
    expect(child.overridden()).toBe('child of base');
    expect(app.get(Bound).run()).toBe('bound');
    const detached = app.get(Bound).work;
    expect(detached()).toBe('bound');
    const of = (className: string, method: string) =>
      valueIn(registry, 'calls_total', { class: className, method });
    expect([
      await of('Child', 'inherited'),
      await of('Child', 'overridden'),
      await of('Bound', 'work'),
    ]).toEqual([1, 1, 2]);
  });

  it('are recorded where a timer, an emitter or another instance calls their method as its own', async () => {
    const { app, registry } = await startContext({ providers: [Bound, Child, Single] });
    const other = await startContext({});
    const { work } = app.get(Bound);
    const emitter = new EventEmitter().on('work', work);
    expect(emitter.emit('work')).toBe(true);
    // Each is called before the one behind it.
    setTimeout(work, 1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    setImmediate(work);
    await new Promise((resolve) => setImmediate(resolve));
    expect({ work }.work()).toBe('bound');
    expect(await valueIn(other.registry, 'calls_total', { class: 'Bound' })).toBe(4);
    // Those of an app, for that app.
    expect(Reflect.apply(work, app.get(Single), [])).toBe('bound');
    expect(Reflect.apply(app.get(Child).inherited, app.get(Single), [])).toBe('Single');
    expect(await valueIn(registry, 'calls_total', { class: 'Bound' })).toBe(1);
    expect(await valueIn(registry, 'calls_total', { class: 'Base' })).toBe(1);
    expect(await valueIn(registry, 'calls_total', { class: 'Single' })).toBeUndefined();
  });

  it.each([
    ['gone', { value: undefined }],
    [
      'an accessor that throws',
      {
        get: () => {
          throw new Error('no class');
        },
      },
    ],
  ])(
    'are recorded, and a call on anything else just runs, where the constructor is %s',
    async (_what, constructor) => {
      class Odd {
        @Calls work(): string {
          return 'odd';
        }
      }
      const { app, registry } = await startContext({ providers: [Odd] });
      const odd = app.get(Odd);
      Object.defineProperty(Odd.prototype, 'constructor', { ...constructor, configurable: true });
      expect(Reflect.apply(odd.work, new Map(), [])).toBe('odd');
      expect(odd.work()).toBe('odd');
      expect(await valueIn(registry, 'calls_total', { class: 'Odd' })).toBe(1);
    },
  );

  it('are recorded in a module that is loaded lazily', async () => {
    const { app, registry } = await startContext({});
    @Injectable()
    class Late {
      @Counted('late') work(): number {
        return 1;
      }
    }
    @Module({ providers: [Late] })
    class LateModule {}
    const module = await app.get(LazyModuleLoader).load(() => LateModule);
    module.get(Late).work();
    expect(await valueIn(registry, 'late_total')).toBe(1);
  });
});

describe('a decorated method', () => {
  it('keeps its name, length, kind, own properties, this and arguments', async () => {
    const tag = { tag: 1 };
    const Tagged: MethodDecorator = (_target, _key, descriptor) => {
      Object.assign(descriptor.value as object, tag);
    };
    class Kept {
      @Counted('kept') @Tagged async one(a: number, _b: string, ...rest: unknown[]): Promise<unknown> {
        // eslint-disable-next-line prefer-rest-params
        return [this, arguments.length, a, rest.length];
      }
      @Timed('kept_seconds') *two(): Generator<number> {
        yield 1;
      }
      three(): number {
        return 3;
      }
    }
    const before = Object.getOwnPropertyNames(Kept.prototype);
    const { one } = Kept.prototype;
    await startContext({ providers: [Kept] });
    const { prototype } = Kept;
    expect(Object.getOwnPropertyNames(prototype)).toEqual(before);
    expect(prototype.one).not.toBe(one);
    expect([prototype.one.name, prototype.one.length, (prototype.one as unknown as typeof tag).tag]).toEqual([
      'one',
      2,
      1,
    ]);
    expect([prototype.one.constructor.name, prototype.two.constructor.name]).toEqual([
      'AsyncFunction',
      'GeneratorFunction',
    ]);
    expect(Object.getOwnPropertyDescriptor(prototype, 'one')?.enumerable).toBe(false);
    const kept = new Kept();
    expect(await kept.one(1, 'b', 3, 4)).toEqual([kept, 4, 1, 2]);
    expect(Object.keys(kept)).toEqual([]);
    expect(() => new (prototype.one as unknown as new () => unknown)()).toThrow(TypeError);
  });

  it('can be spied on', async () => {
    const { app, registry } = await startContext({ providers: [Single] });
    const single = app.get(Single);
    const spy = jest.spyOn(single, 'work');
    expect(single.work()).toBe('single');
    expect(spy.mock.calls).toEqual([[]]);
    expect(await valueIn(registry, 'calls_total', { class: 'Single' })).toBe(1);
    spy.mockReturnValue('mocked');
    expect(single.work()).toBe('mocked');
    spy.mockRestore();
    expect(single.work()).toBe('single');
    expect(await valueIn(registry, 'calls_total', { class: 'Single' })).toBe(2);
  });

  it('just runs while no app has the module', () => {
    class Alone {
      @Gauged('alone') work(): number {
        return 1;
      }
    }
    expect(new Alone().work()).toBe(1);
  });
});

it('an excluded method stays excluded where its override calls it, which is a method of its own', async () => {
  class Parent {
    @ExcludeAllMetrics()
    @Counted('parents')
    work(): string {
      return 'worked';
    }
  }
  @Injectable()
  class Override extends Parent {
    @Counted('children')
    override work(): string {
      return super.work();
    }
  }
  const { app, registry } = await startContext({ providers: [Override] });
  expect(app.get(Override).work()).toBe('worked');
  expect(await valueIn(registry, 'children_total')).toBe(1);
  expect(registry.getSingleMetric('parents_total')).toBeUndefined();
});

describe('a decorated class', () => {
  it('records all methods, own and inherited, but constructor, accessors and lifecycle hooks', async () => {
    class Parent {
      fromParent(): number {
        return 1;
      }
    }
    @Counted()
    @Injectable()
    class Whole extends Parent {
      inits = 0;
      own(): number {
        return 2;
      }
      override fromParent(): number {
        return super.fromParent() + 1;
      }
      get accessor(): number {
        return 3;
      }
      onModuleInit(): void {
        this.inits++;
      }
    }
    @Injectable()
    @Counted()
    class Heir extends Parent {
      other(): number {
        return 4;
      }
    }
    const { app, registry } = await startContext({ providers: [Whole, Heir] });
    const whole = app.get(Whole);
    expect([whole.own(), whole.fromParent(), whole.accessor, whole.inits]).toEqual([2, 2, 3, 1]);
    expect(app.get(Heir).fromParent()).toBe(1);
    const metric = (await registry.getMetricsAsJSON()).find(({ name }) => name === 'method_calls_total');
    const counted = ((metric?.values ?? []) as unknown as { labels: Record<string, string>; value: number }[])
      .filter(({ labels }) => labels.outcome === 'success')
      .map(({ labels, value }) => `${labels.class}.${labels.method} ${value}`);
    expect(counted.sort()).toEqual([
      'Heir.fromParent 1',
      'Heir.other 0',
      'Whole.fromParent 1',
      'Whole.own 1',
    ]);
    expect(new Parent().fromParent()).toBe(1);
  });

  it('counts a call once where the parent is decorated as well', async () => {
    @Counted()
    class Parent {
      work(): number {
        return 1;
      }
    }
    @Counted()
    class Heir extends Parent {}
    const { app, registry } = await startContext({ providers: [Heir, Parent] });
    app.get(Heir).work();
    expect(
      await valueIn(registry, 'method_calls_total', { class: 'Heir', method: 'work', outcome: 'success' }),
    ).toBe(1);
    app.get(Parent).work();
    expect(
      await valueIn(registry, 'method_calls_total', { class: 'Parent', method: 'work', outcome: 'success' }),
    ).toBe(1);
  });
});

describe('apps on one registry', () => {
  class Shop {
    @Counted('orders', { help: 'Orders.' }) order(): void {}
  }
  it('go on counting where one is built again', async () => {
    const registry = new Registry();
    for (let i = 1; i <= 3; i++) {
      const { app } = await startContext({ options: { registry, processMetrics: true }, providers: [Shop] });
      app.get(Shop).order();
      expect(await valueIn(registry, 'orders_total')).toBe(i);
      await app.close();
    }
  });

  it("replace a closed app's definition, and refuse a living one's", async () => {
    const registry = new Registry();
    class Other {
      @Counted('orders', { help: 'Other orders.', labels: { kind: 'b' } }) order(): void {}
    }
    const first = await startContext({ options: { registry }, providers: [Shop] });
    first.app.get(Shop).order();
    await expect(startContext({ options: { registry }, providers: [Other] })).rejects.toThrow(
      /orders_total.*Shop\.order.*Other\.order/,
    );
    await first.app.close();
    const second = await startContext({ options: { registry }, providers: [Other] });
    second.app.get(Other).order();
    expect(await valueIn(registry, 'orders_total', { kind: 'b' })).toBe(1);
  });
});
