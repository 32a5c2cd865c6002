import { describe, expect, it } from '@jest/globals';
import type { Pusher } from '../../src/push/pusher.js';
import { PushSchedule } from '../../src/push/push-schedule.js';
import { resolvePush } from '../../src/options/resolve-push.js';

describe('the end of a schedule', () => {
  it('leaves the last push what the one under way has left of the timeout', async () => {
    const options = resolvePush({ url: 'http://gateway', job: 'x', timeout: 1000 });
    const given: (number | undefined)[] = [];
    const pusher = {
      options,
      isIdle: false,
      settle: async (milliseconds: number) => {
        given.push(milliseconds);
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
      send: async (_method: string, timeout?: number) => void given.push(timeout),
    };
    const silent = { log: () => undefined, warn: () => undefined };
    await new PushSchedule(pusher as unknown as Pusher, silent).end();
    expect(given).toEqual([500, expect.any(Number)]);
    expect(given[1]).toBeLessThan(990);
    expect(given[1]).toBeGreaterThan(0);
  });
});
