import type { ScrapeQuery, ScrapeSource } from '../endpoint/scrape-source.js';
import { processWide } from '../process-wide.js';
import { timeLeftOf } from '../time-left.js';
import { betweenThreads, inProcess, toPrimary, type Channel } from './channel.js';
import { Member, type MemberOptions } from './member.js';
import { isClusterWorker, workerThread } from './standing.js';

/** One app's place in the cluster. */
export interface ClusterPlace {
  /** Scrapes of all members together; of this one alone where nobody puts them together. */
  readonly source: ScrapeSource;
  /** Sends what was recorded until now. */
  close(): Promise<void>;
}

/** How long the first scrapes wait for a primary that may just be starting. */
const FIRST_JOIN_MS = 2000;
/** How long an app that closes waits for it. */
const CLOSING_JOIN_MS = 500;
/** Within this time after its first app a process that no primary has welcomed sends its last words all the same. */
const YOUNG_MS = 60_000;

interface Joined {
  readonly member: Member;
  /** Of the app that came last. */
  onCollectError: MemberOptions['onCollectError'];
  apps: number;
}

const state = processWide('cluster-members', () => ({
  members: new Set<Member>(),
  /** An app that is built again on its registry goes on as the same member: it has sent what is there. */
  byRegistry: new Map<MemberOptions['registry'], Joined>(),
  last: 0,
  /** When the first member was made, by `performance.now()`. */
  begun: 0,
  isHooked: false,
  /** Of members outside a cluster: a hub in the same process takes them up. */
  locals: new Set<Channel>(),
  takeUp: undefined as ((channel: Channel) => void) | undefined,
}));

/** Lets a hub in this process take up the apps that run in it, now and later. */
export function takeUpLocals(takeUp: (channel: Channel) => void): void {
  state.takeUp = takeUp;
  state.locals.forEach(takeUp);
}

/**
 * Makes the metrics of a registry part of those of all workers. In a process that is no worker this changes
 * nothing, unless that process itself puts the metrics of threads together.
 */
export function joinCluster(options: MemberOptions, own: ScrapeSource): ClusterPlace {
  const joined = state.byRegistry.get(options.registry) ?? join(options);
  joined.apps++;
  joined.onCollectError = options.onCollectError;
  const { member } = joined;
  hookEnd();
  const patience = performance.now() + (isAlone() ? 0 : FIRST_JOIN_MS);
  return {
    source: {
      contentType: (accept) => own.contentType(accept),
      read: (query) => read(member, own, query, patience),
    },
    close: async () => {
      if (member.timeout === undefined && mayBeWelcomed()) {
        // The primary's welcome may be on its way, and what this app has counted is to be told before its process ends.
        await member.join(CLOSING_JOIN_MS);
      }
      await member.flushLast();
      // Where nobody has heard of it, nothing is to be kept.
      if (--joined.apps === 0 && member.timeout === undefined && isAlone()) {
        leave(options.registry, member);
      }
    },
  };
}

/** Where nobody has welcomed any member of this process in its first seconds, nobody will so soon. */
const mayBeWelcomed = (): boolean =>
  !isAlone() &&
  (performance.now() - state.begun < FIRST_JOIN_MS ||
    [...state.members].some(({ timeout }) => timeout !== undefined));

const isAlone = (): boolean => workerThread() === undefined && !isClusterWorker();

function join(options: MemberOptions): Joined {
  const onCollectError = (metric: string, error: unknown): void => joined.onCollectError(metric, error);
  state.begun ||= performance.now();
  const member = new Member(++state.last, connect(), { ...options, onCollectError });
  const joined: Joined = { member, onCollectError: options.onCollectError, apps: 0 };
  state.byRegistry.set(options.registry, joined);
  state.members.add(member);
  return joined;
}

function leave(registry: MemberOptions['registry'], member: Member): void {
  state.byRegistry.delete(registry);
  state.members.delete(member);
  member.close();
}

async function* read(
  member: Member,
  own: ScrapeSource,
  query: ScrapeQuery,
  patience: number,
): AsyncGenerator<Uint8Array> {
  const { accept, names, timeoutMs, signal } = query;
  const left = patience - performance.now();
  if (member.timeout === undefined && left > 0) {
    await member.join(Math.min(left, timeoutMs / 2));
  }
  if (member.timeout !== undefined) {
    // The hub itself may wait for a member that does not answer.
    const ms = Math.min(member.timeout + 500, timeoutMs);
    const scrape = member.scrape({ accept, names, timeoutMs: timeLeftOf(ms) });
    if (await scrape.begins(ms, signal)) {
      yield* scrape.read(Math.max(ms, 1000), signal);
      return;
    }
    // Of this one alone, counters would be less than they were: Prometheus would take that for a restart.
    if (member.timeout !== undefined) {
      throw new Error('The primary has not answered a scrape');
    }
  }
  yield* own.read(query);
}

function connect(): Channel {
  const thread = workerThread();
  if (thread !== undefined) {
    return betweenThreads(thread);
  }
  if (isClusterWorker()) {
    return toPrimary();
  }
  const [mine, hubs] = inProcess();
  state.locals.add(hubs);
  state.takeUp?.(hubs);
  const close = (): void => {
    state.locals.delete(hubs);
    mine.close();
  };
  return { ...mine, close };
}

function hookEnd(): void {
  if (state.isHooked) {
    return;
  }
  state.isHooked = true;
  process.on('exit', lastWords);
  if (isClusterWorker()) {
    flushBeforeDisconnect();
  }
}

/** What a process that is about to end can still send. */
function lastWords(): void {
  const toAny = !isAlone() && performance.now() - state.begun < YOUNG_MS;
  state.members.forEach((member) => member.flushNow(toAny));
}

/** A worker that is told to disconnect ends with this call, after its last requests. */
function flushBeforeDisconnect(): void {
  const { disconnect } = process;
  let isFlushing = false;
  process.disconnect = function flushed(this: NodeJS.Process): void {
    const members = [...state.members];
    lastWords();
    if (isFlushing || !process.connected || !members.some((member) => member.needsTime)) {
      disconnect.call(process);
      return;
    }
    isFlushing = true;
    const end = (): void => {
      if (hasLostChannel()) {
        tellOfDisconnect();
      } else if (process.connected) {
        disconnect.call(process);
      }
    };
    // Node itself calls this where the primary has gone, and closes the channel right then: nobody is there to be told.
    queueMicrotask(() => {
      const last = hasLostChannel() ? [] : members.map((member) => member.flushLast());
      void Promise.all(last).then(end);
    });
  };
}

/** The channel is closed, and Node could not say so, since `disconnect()` was put off. */
const hasLostChannel = (): boolean => process.connected && !process.channel;

/** What Node does at the end of `disconnect()`, which asserts that there is a channel. A worker ends by it. */
function tellOfDisconnect(): void {
  Object.assign(process, { connected: false });
  process.emit('disconnect');
}
