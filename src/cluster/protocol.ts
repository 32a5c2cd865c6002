import type { Aggregator, MetricType } from '../series/index.js';
import { warnOnce } from './warn-once.js';

/** The one key that tells our messages from those of the app on the same channel. */
export const KEY = 'nestjs-prometheus-exporter';
/** Goes up when two versions of this package could not read each other's messages. */
export const PROTOCOL = 1;

/**
 * How the values of several members become one: `sum` are sent as increases and added up for good, the
 * others are sent as they are and go with their member.
 */
export type Scope = 'sum' | 'gauge' | 'process';

/** What the hub has to know of a metric. */
export interface SharedDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labelNames: readonly string[];
  /** Finite upper bounds of a histogram. */
  readonly buckets: readonly number[];
  readonly created: boolean;
  readonly aggregator: Aggregator;
  readonly scope: Scope;
  /** Made by other code. */
  readonly isForeign: boolean;
}

/** JSON has no NaN and no infinities, so these travel as text. */
export type Cell = number | string;

/** What has changed in one metric of a member since it was sent last. */
export interface MetricDelta {
  readonly name: string;
  /** The first time, and when the name has gone to another metric: all rows of before are void then. */
  definition?: SharedDefinition;
  /** Rows that label sets have got. */
  readonly series: [row: number, values: readonly string[], created: number][];
  /** For each changed series its row and its numbers. */
  readonly cells: Cell[];
  /** Rows without a label set since. */
  readonly gone: number[];
  /** Rows that are gone go with all that they counted: their labels are others now. */
  isTakenBack?: true;
  /** The metric is not there any longer. */
  isDropped?: true;
}

/** The hub of a member's last words, where none has welcomed it: whichever hears them. */
export const ANY_HUB = '';

export type MemberMessage =
  | { kind: 'hello'; member: number; prefix: string }
  /** With `batch`, the member waits until that is taken before it sends more. */
  | { kind: 'delta'; member: number; hub: string; metrics: MetricDelta[]; batch?: number }
  | { kind: 'collected'; member: number; id: number }
  | {
      kind: 'scrape';
      member: number;
      id: number;
      accept?: string;
      names: readonly string[];
      timeoutMs: number;
    }
  | { kind: 'next'; member: number; id: number }
  | { kind: 'stop'; member: number; id: number };

export type HubMessage =
  | { kind: 'welcome'; hub: string; interval: number; timeout: number }
  | { kind: 'bye'; hub: string }
  /** `timeoutMs`: what collectors have. */
  | { kind: 'collect'; member: number; id: number; timeoutMs: number }
  | { kind: 'taken'; member: number; batch: number }
  | { kind: 'chunk'; member: number; id: number; text: string }
  | { kind: 'end'; member: number; id: number }
  | { kind: 'fail'; member: number; id: number };

export type Message = MemberMessage | HubMessage;

export const seal = (message: Message): object => ({ [KEY]: PROTOCOL, ...message });

/** Our message, or `undefined` where it is the app's own or another version's. */
export function open(raw: unknown): Message | undefined {
  if (typeof raw !== 'object' || raw === null || !(KEY in raw)) {
    return undefined;
  }
  const protocol = (raw as Record<string, unknown>)[KEY];
  if (protocol === PROTOCOL) {
    return raw as object as Message;
  }
  warnOnce(
    `The processes of this cluster run versions of ${KEY} that do not understand each other ` +
      `(protocol ${String(protocol)} and ${PROTOCOL}): their metrics are not put together`,
  );
  return undefined;
}

export const encodeCell = (value: number): Cell => (Number.isFinite(value) ? value : String(value));
export const decodeCell = (cell: Cell | undefined): number => Number(cell ?? 0);
