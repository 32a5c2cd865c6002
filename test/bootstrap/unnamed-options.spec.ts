import { afterEach, describe, expect, it } from '@jest/globals';
import { Counted, Gauged, Timed, type MetricDecorator } from '../../src/index.js';
import { closeApps, startContext } from '../support/metrics-app.js';

afterEach(closeApps);

async function startWith(...decorators: MetricDecorator[]) {
  const providers = decorators.map((decorate, i) => {
    class Worker {
      @decorate work(): void {}
    }
    Object.defineProperty(Worker, 'name', { value: `Worker${i}` });
    return { provide: Worker, useClass: Worker };
  });
  return startContext({ providers });
}

describe('decorators without a name', () => {
  it('take a help, and an aggregator', async () => {
    const { registry } = await startWith(
      Counted({ help: 'Calls we watch' }),
      Timed({ help: 'How long they take' }),
      Gauged({ help: 'Calls at once', aggregator: 'max' }),
    );
    const text = await registry.metrics();
    expect(text).toContain('# HELP method_calls_total Calls we watch\n');
    expect(text).toContain('# HELP method_duration_seconds How long they take\n');
    expect(registry.getSingleMetric('method_in_progress')).toMatchObject({
      help: 'Calls at once',
      aggregator: 'max',
    });
  });

  it.each([
    ['helps', Counted({ help: 'a' }), Counted({ help: 'b' }), /"method_calls_total".*help \("a" and "b"\)/],
    [
      'a help, and none,',
      Timed({ help: 'a' }),
      Timed(),
      /"method_duration_seconds".*help \("a" and "How long/,
    ],
    [
      'aggregators',
      Gauged({ aggregator: 'max' }),
      Gauged(),
      /"method_in_progress".*aggregator \(max and sum\)/,
    ],
  ])('stop the app where two have different %s and name both', async (_what, one, other, message) => {
    const starting = startWith(one, other);
    await expect(starting).rejects.toThrow(message);
    await expect(starting).rejects.toThrow(/Worker0\.work.*Worker1\.work/);
  });
});
