import { setImmediate as nextTurn } from 'node:timers/promises';
import { Controller, Get, Inject, Injectable, Module, Scope, forwardRef } from '@nestjs/common';
import { LazyModuleLoader, ModuleRef, ModulesContainer, NestFactory } from '@nestjs/core';
import { Injector } from '@nestjs/core/injector/injector.js';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module as NestModule } from '@nestjs/core/injector/module.js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { Counted, MetricsModule, MetricsService } from '../../src/index.js';
import { PLATFORMS, closeApps, startApp, startContext, valueIn } from '../support/metrics-app.js';

afterEach(closeApps);

describe.each(PLATFORMS)('two apps with a registry each, on %s', (platform) => {
  class Inherited {
    @Get('inherited') inherited(): string {
      return 'inherited';
    }
  }
  @Controller({ path: 'scoped', scope: Scope.REQUEST })
  class Scoped extends Inherited {
    @Get('own') own(): string {
      return 'own';
    }
  }
  @Controller('single')
  class Single extends Inherited {
    @Get('own') own(): string {
      return 'own';
    }
  }

  it('stay apart where the defaults of one hold for controllers of both', async () => {
    const controllers = [Scoped, Single];
    const first = await startApp({ platform, controllers });
    const second = await startApp({ platform, controllers, options: { defaults: [Counted('handled')] } });
    const ask = async (app: typeof first): Promise<void> => {
      for (const path of ['/scoped/own', '/scoped/inherited', '/single/own', '/single/inherited']) {
        expect((await app.request(path)).status).toBe(200);
      }
    };
    await ask(first);
    expect(await second.value('handled_total')).toBe(0);
    await ask(second);
    expect(await second.value('handled_total')).toBe(4);
    expect(await first.value('handled_total')).toBeUndefined();
  });
});

it.each(PLATFORMS)(
  "a second app with the same controllers takes no routes from the first's, on %s",
  async (platform) => {
    @Controller('shared')
    class Shared {
      @Get(':id') find(): string {
        return 'found';
      }
    }
    const controllers = [Shared];
    const options = { http: { via: 'interceptor' } } as const;
    const first = await startApp({ platform, controllers, options });
    const second = await startApp({ platform, controllers });
    for (const app of [first, second]) {
      await app.request('/shared/1');
      expect(await app.value('http_requests_total', { route: '/shared/:id' })).toBe(1);
      expect(await app.value('http_requests_total')).toBe(1);
    }
  },
);

describe('two apps', () => {
  @Injectable()
  class Late {
    @Counted('late') work(): void {}
  }

  it('stay apart in modules that the first one loads lazily, whose series are there from then on', async () => {
    const first = await startContext({});
    const second = await startContext({});
    @Module({ providers: [Late, { provide: 'made', useFactory: () => new Late() }] })
    class LateModule {}
    const module = await first.app.get(LazyModuleLoader).load(() => LateModule);
    expect(await valueIn(first.registry, 'late_total')).toBe(0);
    module.get(Late).work();
    module.get<Late>('made').work();
    expect(await valueIn(first.registry, 'late_total')).toBe(2);
    expect(await valueIn(second.registry, 'late_total')).toBeUndefined();
  });

  it('stay apart where the module reference of the first one makes instances', async () => {
    const first = await startContext({});
    const second = await startContext({});
    (await first.app.get(ModuleRef).create(Late)).work();
    expect(await valueIn(first.registry, 'late_total')).toBe(1);
    expect(await valueIn(second.registry, 'late_total')).toBeUndefined();
  });

  it('stay apart where a module of the first one, which is running, is given another provider', async () => {
    @Module({})
    class Growing {}
    const first = await startContext({ imports: [Growing] });
    const second = await startContext({});
    const modules = first.app.get(ModulesContainer);
    const growing = [...modules.values()].find(({ metatype }) => metatype === Growing) as NestModule;
    // As Nest before 11.2 does where a module that is loaded lazily imports one that is there.
    growing.addProvider(Late);
    const wrapper = growing.providers.get(Late) as InstanceWrapper<Late>;
    await new Injector().loadProvider(wrapper, growing);
    wrapper.instance.work();
    expect(await valueIn(first.registry, 'late_total')).toBe(1);
    expect(await valueIn(second.registry, 'late_total')).toBeUndefined();
  });

  it('stay apart where a factory decorates the class of a provider that is there already', async () => {
    @Injectable()
    class Third {
      send(): void {}
    }
    const decorate = (): void => {
      const descriptor = Object.getOwnPropertyDescriptor(Third.prototype, 'send') as PropertyDescriptor;
      Counted('sent')(Third.prototype, 'send', descriptor);
    };
    const late = { provide: 'late', inject: [Third], useFactory: () => nextTurn().then(decorate) };
    const first = await startContext({ providers: [Third, late] });
    expect(await valueIn(first.registry, 'sent_total')).toBe(0);
    const second = await startContext({});
    first.app.get(Third).send();
    expect(await valueIn(first.registry, 'sent_total')).toBe(1);
    expect(await valueIn(second.registry, 'sent_total')).toBeUndefined();
  });

  it('stay apart where transient instances have transient ones, or providers need each other', async () => {
    const Calls = Counted('calls', { labels: { class: (c) => c.className } });
    @Injectable({ scope: Scope.TRANSIENT })
    class Inner {
      @Calls work(): void {}
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class Outer {
      constructor(readonly inner: Inner) {}
      @Calls work(): void {
        this.inner.work();
      }
    }
    @Injectable()
    class One {
      constructor(
        readonly outer: Outer,
        @Inject(forwardRef(() => Two)) readonly two: { work(): void },
      ) {}
      @Calls work(): void {
        this.outer.work();
        this.two.work();
      }
    }
    @Injectable()
    class Two {
      constructor(
        readonly outer: Outer,
        @Inject(forwardRef(() => One)) readonly one: unknown,
      ) {}
      @Calls work(): void {
        this.outer.work();
      }
    }
    const providers = [Inner, Outer, One, Two];
    const first = await startContext({ providers });
    const second = await startContext({ providers });
    first.app.get(One).work();
    (await first.app.resolve(Outer)).work();
    const counts = ({ registry }: typeof first) =>
      Promise.all(providers.map(({ name }) => valueIn(registry, 'calls_total', { class: name })));
    expect(await counts(first)).toEqual([3, 3, 1, 1]);
    expect(await counts(second)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('may be made of the same module', async () => {
    const registry = new Registry();
    @Module({ imports: [MetricsModule.forRoot({ registry, processMetrics: false })], providers: [Late] })
    class App {}
    const apps = await Promise.all(
      [1, 2].map(() => NestFactory.createApplicationContext(App, { logger: false })),
    );
    apps.forEach((app) => app.get(Late).work());
    await apps[0]?.close();
    apps[1]?.get(Late).work();
    await apps[1]?.close();
    expect(await valueIn(registry, 'late_total')).toBe(3);
  });
});

@Injectable()
class Failing {
  static isArmed = false;
  constructor(readonly modules: ModuleRef) {}
  @Counted('still') work(): void {}
}
@Injectable()
class NeedsFailing {
  constructor(@Inject('fails') readonly fails: unknown) {}
}

describe('an app that failed to start', () => {
  const gauge = (help: string, isBroken: boolean) => {
    @Injectable()
    class Uses {
      constructor(metrics: MetricsService) {
        metrics.gauge({ name: 'level', help });
        if (isBroken) throw new Error('broken');
      }
    }
    return Uses;
  };

  it('in the making of a provider leaves its definitions to the next one', async () => {
    const registry = new Registry();
    const options = { registry };
    await expect(startContext({ options, providers: [gauge('One.', true)] })).rejects.toThrow('broken');
    const { app } = await startContext({ options, providers: [gauge('Two.', false)] });
    app.get(MetricsService).gauge({ name: 'level', help: 'Two.' }).set(2);
    expect(await valueIn(registry, 'level')).toBe(2);
  });

  it('because of a route of its own leaves its definitions to the next one', async () => {
    const registry = new Registry();
    const controller = (path: string, help: string) => {
      @Controller()
      class Own {
        @Get(path) @Counted('asked', { help }) get(): void {}
      }
      return Own;
    };
    const options = { registry };
    await expect(startApp({ options, controllers: [controller('metrics', 'One.')] })).rejects.toThrow(
      '/metrics',
    );
    const app = await startApp({ options, controllers: [controller('other', 'Two.')] });
    await app.request('/other');
    expect(await app.value('asked_total')).toBe(1);
  });

  it('because of a taken port leaves its definitions to the next one', async () => {
    const registry = new Registry();
    const first = await startApp({ options: { http: false } });
    const port = Number(new URL(first.url).port);
    const server = { port, host: '127.0.0.1' };
    await expect(
      startContext({ options: { registry, server }, providers: [gauge('One.', false)] }),
    ).rejects.toThrow(/server\.port/);
    await startContext({ options: { registry }, providers: [gauge('Two.', false)] });
    expect(registry.getSingleMetric('level')).toHaveProperty('help', 'Two.');
  });

  it('records nothing that another app should', async () => {
    const working = await startContext({});
    await expect(startContext({ providers: [gauge('One.', true)] })).rejects.toThrow('broken');
    class Free {
      @Counted('free') work(): void {}
    }
    await new Promise(setImmediate);
    new Free().work();
    expect(await valueIn(working.registry, 'free_total')).toBe(1);
  });

  it('goes on where a transient provider fails while it runs', async () => {
    const { app, registry } = await startContext({
      providers: [
        {
          provide: 'fails',
          scope: Scope.TRANSIENT,
          useFactory: (enquirer: unknown) => {
            if (Failing.isArmed) throw new Error('armed');
            return enquirer;
          },
        },
        Failing,
      ],
    });
    Failing.isArmed = true;
    await expect(app.get(Failing).modules.create(NeedsFailing)).rejects.toThrow('armed');
    await expect(app.resolve('fails')).rejects.toThrow('armed');
    app.get(Failing).work();
    expect(await valueIn(registry, 'still_total')).toBe(1);
  });
});
