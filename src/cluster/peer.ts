import type { ScrapeQuery } from '../endpoint/scrape-source.js';
import type { Channel } from './channel.js';
import { MemberMetrics } from './member-metrics.js';
import { ANY_HUB, type HubMessage, type MemberMessage, type Message, type MetricDelta } from './protocol.js';
import { ScrapeSender } from './scrape-sender.js';

export interface PeerHub {
  readonly hub: string;
  apply(member: MemberMetrics, metrics: MetricDelta[]): void;
  introduce(prefix: string): void;
  scrape(query: ScrapeQuery): AsyncIterable<Uint8Array>;
  /** Calls it when others on the event loop had their turn, and one member at a time. */
  inTurn(next: () => void): void;
  over(): void;
}

interface Asked {
  readonly id: number;
  readonly answer: Promise<void>;
  settle(): void;
}

interface Known {
  readonly metrics: MemberMetrics;
  /** Not answered yet, the oldest first. */
  asked: Asked[];
  readonly scrapes: Map<number, ScrapeSender>;
}

/** For what an ended process has left in the channel. */
const LAST_WORDS_MS = 5000;
/** A member that hangs is asked no more often, so that nothing piles up for it. */
const ASKED_AT_ONCE = 8;

/** A process or thread as its hub sees it: it may have several members, one for each registry. */
export class Peer {
  readonly #members = new Map<number, Known>();
  #lastAsked = 0;
  #hasEnded = false;

  constructor(
    private readonly channel: Channel,
    private readonly label: string,
    private readonly hub: PeerHub,
  ) {
    channel.listen((message) => this.#hear(message as MemberMessage));
  }

  say(message: HubMessage): void {
    void this.channel.send(message);
  }

  living(): MemberMetrics[] {
    return [...this.#members.values()].map(({ metrics }) => metrics).filter(({ hasEnded }) => !hasEnded);
  }

  /**
   * Asks each member for what has changed; one that has left enough unanswered is not asked again.
   * `timeoutMs`: what collectors have.
   */
  ask(timeoutMs: number): Promise<void>[] {
    if (this.#hasEnded) {
      return [];
    }
    return [...this.#members].map(([member, { asked }]) => {
      const last = asked.at(-1);
      if (last !== undefined && asked.length >= ASKED_AT_ONCE) {
        return last.answer;
      }
      const id = ++this.#lastAsked;
      let settle = (): void => {};
      const answer = new Promise<void>((resolve) => {
        settle = resolve;
      });
      asked.push({ id, answer, settle });
      this.say({ kind: 'collect', member, id, timeoutMs });
      return answer;
    });
  }

  /** The process or thread has ended: its gauges go, and what it has counted stays. */
  end(): void {
    if (this.#hasEnded) {
      return;
    }
    this.#hasEnded = true;
    for (const known of this.#members.values()) {
      known.metrics.end();
      settleUntil(known.asked, Infinity);
      known.scrapes.forEach((scrape) => scrape.stop());
    }
    const close = (): void => {
      this.channel.close();
      this.hub.over();
    };
    // Where the process was blocked all that time, the channel has not been read yet.
    setTimeout(() => setImmediate(() => setImmediate(close)), LAST_WORDS_MS).unref();
  }

  dismiss(): void {
    void this.channel.send({ kind: 'bye', hub: this.hub.hub });
    for (const known of this.#members.values()) {
      settleUntil(known.asked, Infinity);
      known.scrapes.forEach((scrape) => scrape.stop());
    }
    this.channel.close();
  }

  #hear(message: MemberMessage | Message): void {
    if (!('member' in message)) {
      return;
    }
    const known = this.#known(message.member);
    switch (message.kind) {
      case 'hello':
        this.hub.introduce(message.prefix);
        break;
      case 'delta':
        if (message.hub === this.hub.hub || message.hub === ANY_HUB) {
          this.hub.apply(known.metrics, message.metrics);
        }
        if (message.batch !== undefined) {
          const { member, batch } = message;
          this.hub.inTurn(() => this.say({ kind: 'taken', member, batch }));
        }
        break;
      case 'collected':
        settleUntil(known.asked, message.id);
        break;
      case 'scrape':
        this.#scrape(known, message);
        break;
      case 'next':
        known.scrapes.get(message.id)?.next();
        break;
      case 'stop':
        known.scrapes.get(message.id)?.stop();
        break;
    }
  }

  #known(member: number): Known {
    let known = this.#members.get(member);
    if (known === undefined) {
      known = { metrics: new MemberMetrics(this.label), asked: [], scrapes: new Map() };
      if (this.#hasEnded) {
        known.metrics.end();
      }
      this.#members.set(member, known);
    }
    return known;
  }

  #scrape(known: Known, message: Extract<MemberMessage, { kind: 'scrape' }>): void {
    const { member, id, accept, names, timeoutMs } = message;
    const sender = new ScrapeSender(
      (signal) => this.hub.scrape({ accept, names, timeoutMs, signal }),
      (kind, text) => this.say(kind === 'chunk' ? { kind, member, id, text } : { kind, member, id }),
    );
    known.scrapes.set(id, sender);
    void sender.run().finally(() => known.scrapes.delete(id));
  }
}

function settleUntil(asked: Asked[], id: number): void {
  while (asked[0] !== undefined && asked[0].id <= id) {
    asked.shift()?.settle();
  }
}
