import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from '../cluster/build.js';
import { runScript } from '../push/run-script.js';
import { TestGateway, stopGateways, type Answer } from '../push/test-gateway.js';

let sample: ReturnType<typeof build>;
let fixtures: ReturnType<typeof build>;

beforeAll(() => {
  sample = build('batch', 'sample/batch');
  fixtures = build('push', 'test/push/fixtures');
});
afterAll(() => {
  sample.remove();
  fixtures.remove();
});
afterEach(stopGateways);

/** Connections that the gateway would keep for longer than any test must not keep the process. */
describe('a batch job', () => {
  it('leaves all values in the gateway, and ends', async () => {
    const gateway = await TestGateway.start();
    const { code, signal, stderr } = await runScript(sample.fixture('main.js'), gateway.url);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(gateway.lines).toEqual(['POST /metrics/job/invoices']);
    expect(gateway.last.body).toContain('\ninvoices_total 20\n');
    expect(gateway.last.body).toContain('\ninvoice_run_duration_seconds_count 1\n');
    expect(gateway.last.body).toMatch(/\ninvoice_run_last_success_timestamp_seconds \d+/);
    expect(gateway.last.body).toMatch(/\nprocess_cpu_seconds_total /);
  }, 30_000);

  it('ends well where there is no gateway, and says so', async () => {
    const gateway = await TestGateway.start();
    await gateway.stop();
    const { code, signal, stdout, stderr } = await runScript(sample.fixture('main.js'), gateway.url);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(stdout).toContain('The invoices are made');
    expect(stdout).toContain(`The metrics were not pushed: the Pushgateway ${gateway.url} could`);
  }, 30_000);

  it('ends well where an answer does not end', async () => {
    const answers: Answer[] = [
      (response) => void response.writeHead(500).write('x'.repeat(1 << 20)),
      (response) => void response.writeHead(200).write('so far'),
    ];
    const ends = answers.map(async (answer) => {
      const gateway = await TestGateway.start();
      gateway.answer = answer;
      const { code, stderr } = await runScript(sample.fixture('main.js'), gateway.url);
      return { code, stderr, received: gateway.received.length };
    });
    expect(await Promise.all(ends)).toEqual(answers.map(() => ({ code: 0, stderr: '', received: 1 })));
  }, 30_000);

  it('ends when its work is done, also with an interval and without being closed', async () => {
    const gateway = await TestGateway.start();
    const script = fixtures.fixture('without-close.js');
    const ended = { code: 0, signal: null, stderr: '' };
    expect(await runScript(script, gateway.url)).toEqual({ ...ended, stdout: 'done\n' });
    gateway.answer = (response) => response.writeHead(400).end('why');
    expect(await runScript(script, gateway.url)).toEqual({
      ...ended,
      stdout: `the Pushgateway ${gateway.url} answered 400: why\ndone\n`,
    });
    expect(gateway.received).toHaveLength(2);
  }, 60_000);
});
