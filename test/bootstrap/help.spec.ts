import { afterEach, describe, expect, it } from '@jest/globals';
import { Counted, Gauged, MetricsService, Timed, type MetricDecorator } from '../../src/index.js';
import { closeApps, startContext } from '../support/metrics-app.js';

afterEach(closeApps);

async function startWith(...decorators: MetricDecorator[]) {
  const providers = decorators.map((decorate) => {
    class Worker {
      @decorate work(): void {}
    }
    return { provide: Worker, useClass: Worker };
  });
  return startContext({ providers });
}

describe('the help of a metric', () => {
  it.each([
    ['the first', [Counted('jobs', { help: 'Jobs done' }), Counted('jobs'), Counted('jobs')]],
    ['the last', [Counted('jobs'), Counted('jobs'), Counted('jobs', { help: 'Jobs done' })]],
  ])('is that of %s of its decorators where this alone has one', async (_which, decorators) => {
    const { registry } = await startWith(...decorators);
    expect(await registry.metrics()).toContain('# HELP jobs_total Jobs done\n');
    expect(registry.getSingleMetric('jobs_total')).toMatchObject({ help: 'Jobs done' });
  });

  it('is what decorators say by themselves where none has one', async () => {
    const { registry } = await startWith(Counted('jobs'), Counted('jobs'), Timed());
    expect(await registry.metrics()).toContain('# HELP jobs_total Number of calls.\n');
    expect(await registry.metrics()).toContain('# HELP method_duration_seconds How long calls');
  });

  it('is what MetricsService is given where no decorator has one, and the values stay', async () => {
    const { app, registry } = await startWith(Counted('jobs'));
    const metrics = app.get(MetricsService);
    const counter = metrics.counter({ name: 'jobs', help: 'Jobs done' });
    counter.inc(2);
    expect(await registry.metrics()).toContain(
      '# HELP jobs_total Jobs done\n# TYPE jobs_total counter\njobs_total 2\n',
    );
    expect(() => metrics.counter({ name: 'jobs', help: 'Other jobs' })).toThrow(/"jobs_total".*help/);
  });

  it('can be given without a name too, and what Gauged takes beside it', async () => {
    const { registry } = await startWith(
      Counted({ help: 'Calls we watch' }),
      Counted(),
      Gauged({ help: 'Calls at once', aggregator: 'max' }),
    );
    expect(await registry.metrics()).toContain('# HELP method_calls_total Calls we watch\n');
    expect(registry.getSingleMetric('method_in_progress')).toMatchObject({
      help: 'Calls at once',
      aggregator: 'max',
    });
  });

  it('stops the app where two differ, without a name as well', async () => {
    const two = [Counted({ help: 'a' }), Counted({ help: 'b' })];
    await expect(startWith(...two)).rejects.toThrow(
      /"method_calls_total".*Worker\.work.*help \("a" and "b"\)/,
    );
  });
});
