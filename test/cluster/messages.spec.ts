import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Counter as PromCounter, Registry } from 'prom-client';
import { toWorker, type Channel } from '../../src/cluster/channel.js';
import { Hub } from '../../src/cluster/hub.js';
import { Member } from '../../src/cluster/member.js';
import { open, PROTOCOL, type Message, type SharedDefinition } from '../../src/cluster/protocol.js';
import { valueOf } from './harness.js';

const KEY = 'nestjs-prometheus-exporter';
const NONSENSE = [
  null,
  undefined,
  0,
  'text',
  [],
  {},
  { cmd: 'NODE_CLUSTER' },
  { type: 'process:msg', data: {} },
  { [KEY]: PROTOCOL },
  { [KEY]: PROTOCOL, kind: 'delta' },
  { [KEY]: PROTOCOL, kind: 'delta', member: 1, metrics: 5 },
  { [KEY]: PROTOCOL, kind: 'collected', member: {}, id: 'x' },
  { [KEY]: PROTOCOL, kind: 'scrape', member: 1, id: 1, names: 5 },
  { [KEY]: PROTOCOL, kind: 'hello', member: 1, prefix: 'no metric ' },
  { [KEY]: PROTOCOL, kind: 'nothing', member: 1 },
];
const COUNTER: SharedDefinition = {
  name: 'jobs_total',
  help: 'Jobs.',
  type: 'counter',
  labelNames: [],
  buckets: [],
  created: false,
  aggregator: 'sum',
  scope: 'sum',
  isForeign: false,
};

afterEach(() => {
  jest.restoreAllMocks();
});

async function textOf(hub: Hub): Promise<string> {
  const { signal } = new AbortController();
  const chunks: Uint8Array[] = [];
  for await (const chunk of hub.read({ accept: undefined, names: [], timeoutMs: 100, signal })) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

describe('messages between the processes', () => {
  it('are taken from among whatever else is on the channel, and never end the primary', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const hub = new Hub({ interval: 1000, timeout: 50 });
    const worker = Object.assign(new EventEmitter(), { process: { send: () => true } });
    hub.attach(toWorker(worker as unknown as Worker), '1');
    for (const message of NONSENSE) {
      worker.emit('message', message);
    }
    const gauge = { ...COUNTER, name: 'bad name', type: 'gauge', scope: 'gauge' };
    const metrics = [
      null,
      { name: 'unknown_total', series: [], cells: [0, 1], gone: [] },
      { name: 'bad-name', definition: { ...COUNTER, name: 'bad-name' }, series: [], cells: [], gone: [] },
      { name: 'bad name', definition: gauge, series: [[0, [], 0]], cells: [0, 1], gone: [] },
      { name: 'jobs_total', definition: COUNTER, series: [[0, [], 0]], cells: [0, 4], gone: [] },
    ];
    worker.emit('message', { [KEY]: PROTOCOL, kind: 'delta', member: 1, hub: hub.id, metrics });
    const text = await textOf(hub);
    expect(valueOf(text, 'jobs_total')).toBe(4);
    expect(valueOf(text, 'exporter_workers_missing')).toBeGreaterThan(0);
    expect(text).not.toContain('bad');
  });

  it('of another version are told of once', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    expect(open({ [KEY]: 998, kind: 'hello' })).toBeUndefined();
    expect(open({ [KEY]: 998, kind: 'hello' })).toBeUndefined();
    expect(warn.mock.calls.map(([message]) => message)).toEqual([expect.stringContaining('protocol 998')]);
  });

  it('that nobody takes hold up an app that ends for a moment only', async () => {
    const { member, sent, hear } = memberOf();
    hear({ kind: 'welcome', hub: 'stuck', interval: 3_600_000, timeout: 10 });
    await member.flushLast();
    expect(sent.map(({ kind }) => kind)).toEqual(['hello', 'delta']);
  });

  it('that end a hub end the scrapes that wait for it', async () => {
    const { member, hear } = memberOf();
    hear({ kind: 'welcome', hub: 'closing', interval: 3_600_000, timeout: 60_000 });
    const scrape = member.scrape({ accept: undefined, names: [], timeoutMs: 60_000 });
    const begins = scrape.begins(60_000, new AbortController().signal);
    hear({ kind: 'bye', hub: 'closing' });
    expect(await begins).toBe(false);
    expect(member.timeout).toBeUndefined();
  });
});

/** A member whose messages stay on their way for ever. */
function memberOf(): { member: Member; sent: Message[]; hear(message: Message): void } {
  const sent: Message[] = [];
  let hear: (message: Message) => void = () => {};
  const stuck: Channel = {
    send: (message) => {
      sent.push(message);
      return new Promise(() => {});
    },
    listen: (onMessage) => {
      hear = onMessage;
    },
    close: () => {},
  };
  const registry = new Registry();
  new PromCounter({ name: 'jobs_total', help: 'Jobs.', registers: [registry] }).inc();
  const member = new Member(1, stuck, { registry, prefix: '', onCollectError: () => {} });
  return { member, sent, hear: (message) => hear(message) };
}
