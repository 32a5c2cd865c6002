import { spawnSync } from 'node:child_process';

/** What a command is put behind so that it stays on one core. */
const pinnedTo = (core: number): readonly string[] => ['taskset', '-c', String(core)];

/** Only where the system has `taskset` and two cores. */
const canPin = [0, 1].every((core) => {
  const [command = '', ...args] = pinnedTo(core);
  return spawnSync(command, [...args, 'true']).status === 0;
});

export const serverCore = canPin ? pinnedTo(0) : [];
export const loadCore = canPin ? pinnedTo(1) : [];
