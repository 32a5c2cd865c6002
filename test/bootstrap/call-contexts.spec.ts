import { Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Counted, Gauged, type MetricContext } from '../../src/index.js';
import { closeApps, startContext } from '../support/metrics-app.js';

const ended: MetricContext[] = [];
const begun: MetricContext[] = [];
const refusal = new Error('no');

@Injectable()
class Stock {
  @Counted('ended', { labels: { all: (c) => void ended.push(c) } })
  @Gauged('begun', { labels: { all: (c) => void begun.push(c) } })
  take(articles: string[], refused?: string): string {
    if (refused !== undefined) {
      throw refusal;
    }
    return articles.splice(0).join();
  }

  @Counted('ended', { labels: { all: (c) => void ended.push(c) } })
  async order(): Promise<never> {
    throw refusal;
  }
}

afterEach(() => {
  ended.length = 0;
  begun.length = 0;
  return closeApps();
});

describe('the context of a call outside of requests', () => {
  const call = { className: 'Stock', methodName: 'take' };

  it('tells what was given, and what it gave once it is over', async () => {
    const { app } = await startContext({ providers: [Stock] });
    const articles = ['a', 'b'];
    expect(app.get(Stock).take(articles)).toBe('a,b');
    expect(begun).toStrictEqual([{ ...call, args: [articles] }]);
    expect(ended).toStrictEqual([{ ...call, args: [articles], result: 'a,b' }]);
    expect(ended[0]?.args[0]).toBe(articles);
  });

  it('tells what it threw in the place of a result', async () => {
    const { app } = await startContext({ providers: [Stock] });
    expect(() => app.get(Stock).take(['a'], 'yes')).toThrow(refusal);
    await expect(app.get(Stock).order()).rejects.toBe(refusal);
    expect(ended).toStrictEqual([
      { ...call, args: [['a'], 'yes'], error: refusal },
      { ...call, methodName: 'order', args: [], error: refusal },
    ]);
  });
});
