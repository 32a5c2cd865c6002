import { Controller, Get } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Counted, Gauged, Timed, type MetricDecorator, type MetricLabels } from '../../src/index.js';
import { closeApps } from '../support/metrics-app.js';
import { serve, type Scraped } from './flask-client.js';

afterEach(closeApps);

interface Given {
  labels?: MetricLabels;
  initialValue?: boolean;
}

const KINDS: [kind: string, sample: string, decorator: (given: Given) => MetricDecorator, after: number][] = [
  ['histogram', 'metric_1_count', (given) => Timed('metric_1', given), 1],
  ['summary', 'metric_1_count', (given) => Timed('metric_1', { ...given, type: 'summary' }), 1],
  ['gauge', 'metric_1', (given) => Gauged('metric_1', given), 0],
  ['counter', 'metric_1_total', (given) => Counted('metric_1', given), 1],
];

describe.each(KINDS)('the initial value of a %s', (_kind, sample, decorator, after) => {
  async function start(given: Given): Promise<Scraped> {
    @Controller('test/1')
    class TestController {
      @Get()
      @decorator(given)
      test(): string {
        return 'OK';
      }
    }
    return serve(TestController);
  }

  it('is 0 without labels', async () => {
    const app = await start({});

    expect(await app.value(sample)).toBe(0);
    await app.get('/test/1');
    expect(await app.value(sample)).toBe(after);
  });

  it('is 0 with static labels only', async () => {
    const app = await start({ labels: { label_name: 'label_value' } });

    expect(await app.value(sample, { label_name: 'label_value' })).toBe(0);
    await app.get('/test/1');
    expect(await app.value(sample, { label_name: 'label_value' })).toBe(after);
  });

  it('is not there with static labels and initialValue: false', async () => {
    const app = await start({ labels: { label_name: 'label_value' }, initialValue: false });

    await app.expectAbsent(sample);
    await app.get('/test/1');
    expect(await app.value(sample, { label_name: 'label_value' })).toBe(after);
  });

  it('is not there with a label function', async () => {
    const app = await start({ labels: { path: ({ request }) => request.url } });

    await app.expectAbsent(sample);
    await app.get('/test/1');
    expect(await app.value(sample, { path: '/test/1' })).toBe(after);
  });
});
