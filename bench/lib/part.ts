import type { Table } from './table.js';

/** How long to measure. */
export interface Effort {
  /** Rounds, the first of which is thrown away. */
  rounds: number;
  /** Seconds that one variant is measured in one round. */
  seconds: number;
  /** Only enough to see that it works. */
  smoke: boolean;
}

/** One of the things that are measured. */
export interface Part {
  name: string;
  title: string;
  /** What is measured, and how. */
  about: string;
  effort: Effort;
  run(effort: Effort): Promise<Table[]>;
}
