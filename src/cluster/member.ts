import { defaultLabelsOf } from '../exposition/default-labels.js';
import { RegistryDiff, type RegistryDiffOptions } from './registry-diff.js';
import type { Channel } from './channel.js';
import { HandOver } from './hand-over.js';
import { timeLeftOf } from '../time-left.js';
import { JointScrape } from './joint-scrape.js';
import { ANY_HUB, type HubMessage, type MemberMessage, type Message, type MetricDelta } from './protocol.js';

export interface MemberOptions extends Omit<RegistryDiffOptions, 'send' | 'defaults'> {
  /** Of the exporter's own metrics. */
  readonly prefix: string;
}

/** The hub that is told, and how long it has for a batch. */
type SentTo = Pick<Extract<HubMessage, { kind: 'welcome' }>, 'hub' | 'timeout'>;

/** For collectors, when nobody waits for them any longer. */
const LAST_COLLECT_MS = 1000;

/** A registry whose changes are sent to a hub: at intervals, when the hub asks, and at the end. */
export class Member {
  #hub: Extract<HubMessage, { kind: 'welcome' }> | undefined;
  #diff: RegistryDiff | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #queued: { collectMs: number | undefined; done: Promise<void> } | undefined;
  readonly #scrapes = new Map<number, JointScrape>();
  readonly #handOver = new HandOver();
  #lastScrape = 0;
  /** For a process that ends before anything was sent: then there is no time to ask. */
  #defaults: Record<string, unknown> = {};
  #onJoin: (() => void) | undefined;
  readonly #joined = new Promise<void>((resolve) => {
    this.#onJoin = resolve;
  });

  constructor(
    private readonly id: number,
    private readonly channel: Channel,
    private readonly options: MemberOptions,
  ) {
    channel.listen((message) => this.#hear(message));
    void defaultLabelsOf(options.registry).then(
      (labels) => (this.#defaults = labels),
      () => {},
    );
    void channel.send({ kind: 'hello', member: id, prefix: options.prefix });
  }

  /** Milliseconds that the hub gives its members; `undefined` where there is no hub. */
  get timeout(): number | undefined {
    return this.#hub?.timeout;
  }

  /** Waits until there is a hub, at most so long. */
  join(ms: number): Promise<void> {
    return inTime(this.#joined, ms);
  }

  /**
   * Sends what has changed until now. Who asks while collectors run is given what they give then: one that hangs would
   * keep a second scrape waiting for twice as long.
   */
  flush(collectMs?: number): Promise<void> {
    const queued = this.#queued;
    if (queued && (collectMs === undefined || queued.collectMs !== undefined)) {
      return queued.done;
    }
    const flush = {
      collectMs,
      done: this.#running.then(async () => {
        const diff = this.#diff;
        const collected = await diff?.collect(collectMs);
        if (this.#queued === flush) {
          this.#queued = undefined;
        }
        if (collected) {
          await diff?.send(collected);
        }
      }),
    };
    this.#queued = flush;
    this.#running = flush.done.catch(() => {});
    return this.#running;
  }

  /** The last one, collectors included. A hub that hangs holds nobody up for long. */
  flushLast(): Promise<void> {
    // What others are waiting for may have been collected already.
    this.#queued = undefined;
    return inTime(this.flush(LAST_COLLECT_MS), LAST_COLLECT_MS + (this.#hub?.timeout ?? 0));
  }

  /**
   * What can be sent at once, by a process that is about to end.
   *
   * @param toAny to whichever hub is there, if none has welcomed this member yet: one that does so from here on is
   *   told nothing, as it knows all.
   */
  flushNow(toAny: boolean): void {
    if (this.#diff === undefined && toAny) {
      this.#diff = this.#diffFor({ hub: ANY_HUB, timeout: 0 });
    }
    this.#diff?.sendOwn();
  }

  /** Whether what was recorded goes to whichever hub is there. */
  get #hasLastWords(): boolean {
    return this.#hub === undefined && this.#diff !== undefined;
  }

  get needsTime(): boolean {
    return this.#diff?.hasForeign === true;
  }

  /** A scrape of all members, from the hub. */
  scrape(query: { accept: string | undefined; names: readonly string[]; timeoutMs: number }): JointScrape {
    const id = ++this.#lastScrape;
    const say = (kind: 'next' | 'stop'): void => {
      if (kind === 'stop') {
        this.#scrapes.delete(id);
      }
      void this.channel.send({ kind, member: this.id, id });
    };
    const scrape = new JointScrape(say);
    this.#scrapes.set(id, scrape);
    const { accept, names, timeoutMs } = query;
    const asked: MemberMessage = { kind: 'scrape', member: this.id, id, names, timeoutMs };
    void this.channel.send(accept === undefined ? asked : { ...asked, accept });
    return scrape;
  }

  /** From here on nothing is sent; what the hub has of this member's gauges stays until the process ends. */
  close(): void {
    this.#leave();
    this.channel.close();
  }

  #hear(message: Message): void {
    if (message.kind === 'welcome') {
      this.#enter(message);
    } else if (message.kind === 'bye') {
      if (message.hub === this.#hub?.hub) {
        this.#leave();
      }
    } else if (message.member === this.id) {
      this.#answer(message);
    }
  }

  #answer(message: Message): void {
    switch (message.kind) {
      case 'collect':
        void this.flush(message.timeoutMs).then(() =>
          this.channel.send({ kind: 'collected', member: this.id, id: message.id }),
        );
        break;
      case 'taken':
        this.#handOver.taken(message.batch);
        break;
      case 'chunk':
        this.#scrapes.get(message.id)?.push(message.text);
        break;
      case 'end':
      case 'fail':
        this.#scrapes.get(message.id)?.end(message.kind === 'fail');
        this.#scrapes.delete(message.id);
        break;
    }
  }

  #enter(hub: Extract<HubMessage, { kind: 'welcome' }>): void {
    if (this.#hub?.hub === hub.hub || this.#hasLastWords) {
      return;
    }
    this.#leave();
    this.#hub = hub;
    // A hub that knows nothing is told everything.
    this.#diff = this.#diffFor(hub);
    this.#timer = setInterval(() => void this.flush(), hub.interval);
    this.#timer.unref();
    void this.flush();
    // Then what only collectors know, so that there are last values of it too.
    void this.flush(timeLeftOf(hub.timeout));
    this.#onJoin?.();
  }

  #leave(): void {
    clearInterval(this.#timer);
    this.#hub = undefined;
    this.#diff = undefined;
    this.#handOver.end();
    for (const scrape of this.#scrapes.values()) {
      scrape.end(true);
    }
    this.#scrapes.clear();
  }

  #diffFor(hub: SentTo): RegistryDiff {
    return new RegistryDiff({
      ...this.options,
      defaults: this.#defaults,
      send: (metrics, hasMore) => this.#send(hub, metrics, hasMore),
    });
  }

  async #send({ hub, timeout }: SentTo, metrics: MetricDelta[], hasMore: boolean): Promise<void> {
    const delta: MemberMessage = { kind: 'delta', member: this.id, hub, metrics };
    if (!hasMore) {
      return this.channel.send(delta);
    }
    const taken = this.#handOver.begin(timeout);
    await this.channel.send({ ...delta, batch: this.#handOver.batch });
    await taken;
  }
}

async function inTime(done: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}
