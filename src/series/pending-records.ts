import { processWide } from '../process-wide.js';
import { recordUnrecorded } from './unrecorded.js';

/** What was recorded and is not in its series yet: many at once take a fraction of the time of each alone. */
export interface PendingRecords {
  /** Records them in their series. */
  settle(): void;
}

const pending = processWide('pending records', (): PendingRecords[] => []);

/** Has `settle()` called, once, before anything of a metric is read or taken out. */
export function settleBeforeReading(records: PendingRecords): void {
  pending.push(records);
}

/** Brings all series up to date. */
export function settlePending(): void {
  recordUnrecorded();
  for (let records = pending.pop(); records !== undefined; records = pending.pop()) {
    records.settle();
  }
}
