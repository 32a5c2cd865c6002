import { setImmediate as nextTurn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { inProcess } from '../../src/cluster/channel.js';
import { Hub } from '../../src/cluster/hub.js';
import { Member } from '../../src/cluster/member.js';
import type { Message } from '../../src/cluster/protocol.js';

/** A hub and members in this process: the messages are real, the processes are not. */
export class SmallCluster {
  readonly hub: Hub;
  readonly heard: Message[] = [];
  #members = 0;

  constructor(timeout = 500) {
    this.hub = new Hub({ interval: 3_600_000, timeout });
  }

  /** @param worker the process that the member is of: another one than all before, where it is left out. */
  async join(
    registry = new Registry(),
    worker = String(++this.#members),
  ): Promise<{ registry: Registry; failed: string[]; end(): void }> {
    const [mine, hubs] = inProcess();
    const hearing = {
      ...hubs,
      listen: (onMessage: (message: Message) => void) =>
        hubs.listen((message) => {
          // As it would come out of another process.
          const copy = JSON.parse(JSON.stringify(message)) as Message;
          this.heard.push(copy);
          onMessage(copy);
        }),
    };
    const peer = this.hub.attach(hearing, worker);
    const failed: string[] = [];
    const options = { registry, prefix: '', onCollectError: (metric: string) => void failed.push(metric) };
    await new Member(1, mine, options).join(1000);
    // Its own hello is still on its way.
    await nextTurn();
    return { registry, failed, end: () => peer.end() };
  }

  async scrape(accept = 'text/plain'): Promise<string> {
    const { signal } = new AbortController();
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.hub.read({ accept, names: [], timeoutMs: 5000, signal })) {
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}
