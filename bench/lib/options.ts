import { parseArgs } from 'node:util';
import type { Effort, Part } from './part.js';

const SMOKE: Effort = { rounds: 2, seconds: 0.1, smoke: true };

export interface Options {
  /** The parts to run, in their order. */
  parts: Part[];
  effortOf(part: Part): Effort;
  /** Whether to keep the results: where all of it is run, as long as it takes, or where it is wished. */
  write: boolean;
}

/** Reads `npm run bench -- [part...] [--rounds n] [--seconds n] [--smoke] [--write]`. */
export function readOptions(all: readonly Part[]): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      smoke: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const names = all.map((part) => part.name);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`There is no ${unknown.join(', ')}; there are ${names.join(', ')}`);
  }
  const rounds = positive('rounds', values.rounds, 2);
  const seconds = positive('seconds', values.seconds, 0);
  return {
    parts: all.filter((part) => positionals.length === 0 || positionals.includes(part.name)),
    effortOf: ({ effort }) => ({
      ...(values.smoke ? SMOKE : effort),
      ...(rounds !== undefined && { rounds }),
      ...(seconds !== undefined && { seconds }),
    }),
    write:
      values.write ||
      (positionals.length === 0 && !values.smoke && rounds === undefined && seconds === undefined),
  };
}

function positive(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const figure = Number(text);
  if (!(figure >= least)) {
    throw new Error(`--${name} must be a number, ${least} or more`);
  }
  return figure;
}
