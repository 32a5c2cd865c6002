import { randomUUID } from 'node:crypto';
import { contentTypeOf, expose, negotiate } from '../exposition/index.js';
import type { ScrapeQuery, ScrapeSource } from '../endpoint/scrape-source.js';
import { isMetricName } from '../series/index.js';
import { processWide } from '../process-wide.js';
import type { Channel } from './channel.js';
import { takeUpLocals } from './join-cluster.js';
import { JointStore, leftOut } from './joint-store.js';
import { timeLeftOf } from '../time-left.js';
import { Peer } from './peer.js';

/** Milliseconds. */
export interface HubTimes {
  interval: number;
  timeout: number;
}

export const DEFAULT_TIMES: Readonly<HubTimes> = { interval: 1000, timeout: 2000 };

/** Puts the metrics of all members together, and answers scrapes of them. */
export class Hub implements ScrapeSource {
  readonly id = randomUUID();
  /** Whether it hears the workers of this primary. */
  isStarted = false;
  readonly #store = new JointStore();
  readonly #peers = new Set<Peer>();
  readonly #turns: (() => void)[] = [];
  #prefix = '';

  constructor(readonly times: HubTimes) {
    takeUpLocals((channel) => this.attach(channel, 'main'));
  }

  /** Hears a process or thread from now on; `label` is the value of its label `worker`. */
  attach(channel: Channel, label: string): Peer {
    const peer = new Peer(channel, label, {
      apply: (member, metrics) => metrics.forEach((delta) => this.#store.apply(member, delta)),
      introduce: (prefix) => {
        if (isMetricName(`${prefix}x`)) {
          this.#prefix ||= prefix;
        }
        this.#welcome(peer);
      },
      scrape: (query) => this.read(query),
      inTurn: (next) => this.#inTurn(next),
      hub: this.id,
      over: () => this.#peers.delete(peer),
    });
    this.#peers.add(peer);
    // It may have said hello before anybody listened.
    this.#welcome(peer);
    return peer;
  }

  /** Other times, told to all. */
  setTimes(times: HubTimes): void {
    Object.assign(this.times, times);
    this.#peers.forEach((peer) => this.#welcome(peer));
  }

  contentType(accept: string | undefined): string {
    return contentTypeOf(negotiate(accept));
  }

  async *read(query: ScrapeQuery): AsyncGenerator<Uint8Array> {
    const { accept, ...rest } = query;
    const missing = await this.#collect(Math.min(this.times.timeout, query.timeoutMs));
    const members = [...this.#peers].flatMap((peer) => peer.living());
    const registry = await this.#store.registry(members, this.#prefix, missing);
    yield* expose(registry, { ...rest, format: negotiate(accept), onCollectError: leftOut });
  }

  /** Lets all members go: each is alone again. A hub that comes after this one begins at nothing. */
  close(): void {
    for (const peer of this.#peers) {
      peer.dismiss();
    }
    this.#peers.clear();
    if (state.hub === this) {
      state.hub = undefined;
    }
  }

  /** Asks all members for what has changed; tells how many did not answer. */
  async #collect(ms: number): Promise<number> {
    const asked = [...this.#peers].flatMap((peer) => peer.ask(timeLeftOf(ms)));
    let missing = asked.length;
    if (missing === 0) {
      return 0;
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    const all = Promise.all(asked.map((answer) => answer.then(() => missing--)));
    await Promise.race([all, late]);
    clearTimeout(timer);
    return missing;
  }

  #inTurn(next: () => void): void {
    if (this.#turns.push(next) > 1) {
      return;
    }
    const turn = (): void => {
      this.#turns[0]?.();
      this.#turns.shift();
      if (this.#turns.length > 0) {
        setImmediate(turn);
      }
    };
    setImmediate(turn);
  }

  #welcome(peer: Peer): void {
    peer.say({ kind: 'welcome', hub: this.id, ...this.times });
  }
}

const state = processWide('cluster-hub', () => ({ hub: undefined as Hub | undefined }));

/** The one hub of this process. */
export const theHub = (): Hub => (state.hub ??= new Hub({ ...DEFAULT_TIMES }));
