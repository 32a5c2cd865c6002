import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadCore } from '../lib/cores.js';

/** What the load saw; both tools count answered requests. */
export interface Load {
  requests: number;
  perSecond: number;
}

type Loader = (url: string, seconds: number) => Promise<Load>;

const execute = promisify(execFile);
function run(...command: readonly string[]): Promise<{ stdout: string }> {
  const [file = '', ...args] = [...loadCore, ...command];
  return execute(file, args);
}

const CONNECTIONS = '32';

const hasWrk = spawnSync('wrk', ['-v']).error === undefined;
export const loaderName = hasWrk ? 'wrk' : 'autocannon';

/** Requests one URL over 32 connections, as often as it can, from another process. */
export const load: Loader = (url, seconds) => {
  const whole = String(Math.max(1, Math.round(seconds)));
  return hasWrk ? wrk(url, whole) : autocannon(url, whole);
};

async function wrk(url: string, seconds: string): Promise<Load> {
  const { stdout } = await run('wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, url);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  // Timeouts are answers that came late, since the machine stood still: they are no fault of the server's.
  if (!(perSecond > 0) || /Non-2xx|(connect|read|write) [1-9]/.test(stdout)) {
    throw new Error(`wrk found fault with ${url}:\n${stdout}`);
  }
  return { requests, perSecond };
}

async function autocannon(url: string, seconds: string): Promise<Load> {
  const script = fileURLToPath(new URL('../../node_modules/autocannon/autocannon.js', import.meta.url));
  const { stdout } = await run(process.execPath, script, '-j', '-c', CONNECTIONS, '-d', seconds, url);
  const result = JSON.parse(stdout) as {
    '2xx': number;
    non2xx: number;
    errors: number;
    duration: number;
  };
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`autocannon found fault with ${url}:\n${stdout}`);
  }
  return { requests: result['2xx'], perSecond: result['2xx'] / result.duration };
}
