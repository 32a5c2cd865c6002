import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from './build.js';
import { Primary, valueOf } from './harness.js';

const JOBS = 'jobs_total{a="1,b:2",b="3"}';

describe('a cluster of Nest apps', () => {
  let built: ReturnType<typeof build>;
  let primary: Primary;

  beforeAll(() => {
    built = build('cluster');
  });
  afterAll(() => built.remove());
  afterEach(() => Primary.endAll());

  const start = async (): Promise<void> => {
    primary = await Primary.start(built.fixture('primary.js'), [built.fixture('app-worker.js')]);
  };

  it('puts the metrics of its workers together, and keeps what ended ones counted', async () => {
    await start();
    expect(valueOf(await primary.scrape(), 'exporter_workers_missing')).toBe(0);

    const [one, two] = await Promise.all([primary.fork(), primary.fork()]);
    for (let i = 0; i < 6; i++) {
      await fetch(`http://127.0.0.1:${one.port}/hello`, { headers: { connection: 'close' } });
    }
    await primary.tell(one.id, { record: 2 });
    await primary.tell(two.id, { record: 4 });

    const text = await primary.scrape();
    expect(valueOf(text, 'http_requests_total{method="GET",route="/hello",status="200"}')).toBe(6);
    expect(valueOf(text, JOBS)).toBe(6);
    expect(valueOf(text, 'jobs_total{a="1",b="2,b:3"}')).toBe(2);
    expect(valueOf(text, 'foreign')).toBe(6);
    expect(valueOf(text, 'waits_sum')).toBe(6);
    expect(valueOf(text, 'waits_count')).toBe(2);
    expect(text).not.toContain('quantile=');
    expect(valueOf(text, 'jobs_open')).toBe(6);
    expect(valueOf(text, 'highest')).toBe(4);
    expect(valueOf(text, 'average')).toBe(3);
    expect(text).not.toContain('hidden');
    expect(valueOf(text, 'build{release="1"}')).toBe(1);
    expect(valueOf(text, `process_resident_memory_bytes{worker="${one.id}"}`)).toBeGreaterThan(0);
    expect(valueOf(text, `process_resident_memory_bytes{worker="${two.id}"}`)).toBeGreaterThan(0);
    expect(valueOf(text, 'exporter_workers_missing')).toBe(0);

    const ofWorker = await primary.scrape('application/openmetrics-text', one.port);
    expect(valueOf(ofWorker, JOBS)).toBe(6);
    expect(ofWorker.endsWith('# EOF\n')).toBe(true);
    primary.order(two.id, { render: true });
    const { body: rendered } = await primary.hears('rendered', two.id);
    expect(valueOf(rendered, JOBS)).toBe(6);
    expect(rendered).not.toContain('http_requests_total');

    await primary.tell(one.id, { reset: true });
    expect(valueOf(await primary.scrape(), JOBS)).toBe(6);
    await primary.tell(one.id, { record: 3 });
    expect(valueOf(await primary.scrape(), JOBS)).toBe(9);

    await primary.tell(one.id, { record: 1, end: 'close' });
    await primary.hears('exit', one.id);
    await primary.tell(two.id, { record: 1 });
    primary.do('disconnect', two.id);
    await primary.hears('exit', two.id);
    const after = await primary.scrape();
    expect(valueOf(after, JOBS)).toBe(11);
    expect(valueOf(after, 'foreign')).toBe(11);
    expect(valueOf(after, 'jobs_open')).toBeUndefined();
    expect(after).not.toContain('process_resident_memory_bytes');
  }, 30_000);

  it('shows the last known values of a worker that does not answer', async () => {
    await start();
    const [stopped, other] = await Promise.all([primary.fork(), primary.fork()]);
    await primary.tell(stopped.id, { record: 5 });
    expect(valueOf(await primary.scrape(), JOBS)).toBe(5);
    primary.do('SIGSTOP', stopped.id);
    await primary.tell(other.id, { record: 2 });
    const text = await primary.scrape();
    expect(valueOf(text, JOBS)).toBe(7);
    expect(valueOf(text, 'jobs_open')).toBe(7);
    expect(text).toContain(`process_resident_memory_bytes{worker="${stopped.id}"}`);
    expect(valueOf(text, 'exporter_workers_missing')).toBe(1);
    primary.order(other.id, { render: true });
    const { body } = await primary.hears('rendered', other.id);
    expect(valueOf(body, JOBS)).toBe(7);
    expect(valueOf(body, 'exporter_workers_missing')).toBe(1);
    primary.do('SIGCONT', stopped.id);
    expect(valueOf(await primary.scrape(), 'exporter_workers_missing')).toBe(0);

    primary.do('SIGKILL', stopped.id);
    await primary.hears('exit', stopped.id);
    const after = await primary.scrape();
    expect(valueOf(after, JOBS)).toBe(7);
    expect(valueOf(after, 'jobs_open')).toBe(2);
    expect(valueOf(after, 'exporter_workers_missing')).toBe(0);
  }, 30_000);

  it('fails a scrape of a worker while the primary hangs, and shows no less than before', async () => {
    await start();
    const [one, other] = await Promise.all([primary.fork(), primary.fork()]);
    await primary.tell(one.id, { record: 5 });
    await primary.tell(other.id, { record: 2 });
    expect(valueOf(await primary.scrape('text/plain', one.port), JOBS)).toBe(7);
    primary.do('hang');
    await expect(primary.scrape('text/plain', one.port)).rejects.toThrow('500');
    // The primary answers in its turn.
    await primary.scrape();
    expect(valueOf(await primary.scrape('text/plain', one.port), JOBS)).toBe(7);
  }, 30_000);

  it('lets a worker end as any other whose primary is gone', async () => {
    await start();
    const { id } = await primary.fork();
    primary.do('close channel', id);
    expect((await primary.hears('exit', id)).code).toBe(0);
  }, 30_000);

  it('counts what a worker recorded right before process.exit()', async () => {
    await start();
    const { id } = await primary.fork();
    await primary.tell(id, { record: 7 });
    primary.order(id, { record: 1, end: 'exit' });
    await primary.hears('exit', id);
    expect(valueOf(await primary.scrape(), JOBS)).toBe(8);
  }, 30_000);

  it('has whole series of a worker that ends while it joins', async () => {
    const args = [built.fixture('leaving-worker.js'), '60000'];
    primary = await Primary.start(built.fixture('primary.js'), args);
    primary.do('fork');
    await primary.hears('exit', 1);
    primary.do('fork');
    await primary.hears('listening', 2);
    const text = await primary.scrape();
    const samples = new Map(text.split('\n').map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
    for (let i = 0; i < 2500; i++) {
      const labels = `a="value-${i}",b="GET"`;
      const count = samples.get(`big_seconds_count{${labels}}`);
      expect([1, 2]).toContain(count);
      expect(samples.get(`big_seconds_bucket{${labels},le="+Inf"}`)).toBe(count);
    }
  }, 30_000);
});
