import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MetricsModule, MetricsService } from 'nestjs-prometheus-exporter';
import { bearerToken, startClusterMetrics } from 'nestjs-prometheus-exporter/cluster';
import { Registry } from 'prom-client';
import type { Channel } from '../../src/cluster/channel.js';
import { theHub } from '../../src/cluster/hub.js';
import type { Message } from '../../src/cluster/protocol.js';
import { build } from './build.js';
import { Primary, valueOf } from './harness.js';

describe('parts of a cluster by themselves', () => {
  let built: ReturnType<typeof build>;
  let child: ChildProcess | undefined;

  beforeAll(() => {
    built = build('alone');
  });
  afterAll(() => built.remove());
  afterEach(async () => {
    child?.kill('SIGKILL');
    await Primary.endAll();
  });

  const answerOf = async (fixture: string, ...args: string[]): Promise<Record<string, string>> => {
    child = fork(built.fixture(fixture), args, { execArgv: [], env: {} });
    const exited = once(child, 'exit');
    // Where it fails it exits, and says nothing.
    const told = await Promise.race([once(child, 'message'), exited]);
    expect((await exited)[0]).toBe(0);
    return told[0] as Record<string, string>;
  };

  it('a bare primary loads no Nest, and has metrics before it has workers', async () => {
    const { missing, body } = await answerOf('without-nest.js');
    expect(missing).toBe('missing');
    expect(valueOf(body as string, 'exporter_workers_missing')).toBe(0);
  }, 20_000);

  it.each(['json', 'advanced'])(
    'workers that were forked before the primary listens are counted once (%s)',
    async (serialization) => {
      const worker = built.fixture('plain-worker.js');
      const { body, again, second, apps } = await answerOf('early-primary.js', worker, serialization);
      expect(valueOf(body as string, 'jobs_total')).toBe(6);
      expect(valueOf(body as string, 'level{of="nan"}')).toBeNaN();
      expect(body).toContain('level{of="above"} +Inf\n');
      expect(body).toContain('level{of="below"} -Inf\n');
      expect(valueOf(again as string, 'jobs_total')).toBe(6);
      expect(second).toMatch(/already/);
      expect(apps).toEqual(['text', 5, true, [1, [2]], { kind: 'delta', member: 1 }]);
    },
    20_000,
  );

  it('workers and threads that end before they were welcomed lose nothing', async () => {
    const { body } = await answerOf('short-primary.js');
    const counted = ['exit', 'close, exit', 'close', 'nothing'].flatMap((how) => [how, `thread: ${how}`]);
    expect(
      counted.map((how) => [how, valueOf(body as string, `jobs_total{how="${how}",zone="west"}`)]),
    ).toEqual(counted.map((how) => [how, 1]));
  }, 40_000);

  it('an app outside a cluster shows its own metrics, as without the option', async () => {
    @Module({
      imports: [MetricsModule.forRoot({ cluster: true, registry: new Registry(), http: false })],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    try {
      app.get(MetricsService).counter({ name: 'jobs', help: 'Jobs.' }).inc(2);
      const text = await (await fetch(`${await app.getUrl()}/metrics`)).text();
      expect(valueOf(text, 'jobs_total')).toBe(2);
      expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(0);
      expect(text).not.toContain('exporter_workers_missing');
    } finally {
      await app.close();
    }
  });

  it("a primary's own server asks who scrapes", async () => {
    const server = { port: 0, host: '127.0.0.1', authorize: bearerToken('secret') };
    const metrics = await startClusterMetrics({ server });
    try {
      const url = `http://127.0.0.1:${metrics.address?.port}/metrics`;
      expect((await fetch(url)).status).toBe(401);
      const headers = { authorization: 'Bearer secret' };
      expect(await (await fetch(url, { headers })).text()).toContain('exporter_workers_missing 0');
    } finally {
      await metrics.close();
    }
  });

  it('a primary that closes finishes the scrapes in flight', async () => {
    const metrics = await startClusterMetrics({ server: { port: 0, host: '127.0.0.1' }, timeout: 200 });
    let hear: (message: Message) => void = () => {};
    const collecting = new Promise<void>((resolve) => {
      const silent: Channel = {
        send: async ({ kind }) => {
          if (kind === 'collect') {
            resolve();
          }
        },
        listen: (onMessage) => {
          hear = onMessage;
        },
        close: () => {},
      };
      theHub().attach(silent, 'silent');
    });
    hear({ kind: 'hello', member: 1, prefix: '' });
    const scrape = fetch(`http://127.0.0.1:${metrics.address?.port}/metrics`).then((answer) => answer.text());
    await collecting;
    const closed = metrics.close();
    expect(valueOf(await scrape, 'exporter_workers_missing')).toBe(1);
    await closed;
  });

  it('threads are put together as workers are', async () => {
    const { running, ofThread, after } = await answerOf('thread-parent.js');
    expect(valueOf(running as string, 'jobs_total')).toBe(6);
    expect(running).toContain('process_resident_memory_bytes{worker="thread-1"}');
    expect(running).toContain('process_resident_memory_bytes{worker="thread-2"}');
    expect(valueOf(ofThread as string, 'jobs_total')).toBe(6);
    expect(valueOf(after as string, 'jobs_total')).toBe(8);
    expect(after).not.toContain('process_resident_memory_bytes');
  }, 20_000);

  it.each([[[]], [['999']]])(
    'a worker shows its own metrics where its primary does not understand it %j',
    async (protocol) => {
      const primary = await Primary.start(built.fixture('lonely-primary.js'), [
        built.fixture('app-worker.js'),
        ...protocol,
      ]);
      const { port } = await primary.hears('listening');
      expect(await primary.scrape('text/plain', port)).toContain('process_resident_memory_bytes ');
      const since = performance.now();
      await primary.scrape('text/plain', port);
      // Only the first waits for a primary that may be starting.
      expect(performance.now() - since).toBeLessThan(2000);
    },
    20_000,
  );

  it('says which option is wrong', async () => {
    await expect(startClusterMetrics({ interval: 0 })).rejects.toThrow(/interval/);
    await expect(startClusterMetrics({ server: { port: -1 } })).rejects.toThrow(/server\.port/);
    await expect(startClusterMetrics({ intervall: 1 } as object)).rejects.toThrow(/intervall/);
  });
});
