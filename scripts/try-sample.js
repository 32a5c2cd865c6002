// Starts the sample as the README says, and asks it what it has counted.
import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const port = process.env['PORT'] ?? '3000';
const url = `http://127.0.0.1:${port}`;
const secondsToStart = 120;

const sample = spawn('npm', ['start', '--', '--no-traffic'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { ...process.env, PORT: port },
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: true,
});
let ended = false;
sample.on('exit', () => (ended = true));

async function ask(path) {
  return fetch(`${url}${path}`).catch(() => undefined);
}

try {
  let answer;
  for (let second = 0; answer === undefined && second < secondsToStart; second++) {
    if (ended) throw new Error('npm start ended before it answered');
    await wait(1000);
    answer = await ask('/no-such-page');
  }
  if (answer?.status !== 404) throw new Error(`${url}/no-such-page answered ${answer?.status}`);
  const body = await (await ask('/metrics')).text();
  const counted = /^http_requests_total\{.*route="unmatched".*status="404".*\} ([1-9]\d*)$/m.exec(body);
  if (counted === null) throw new Error(`the sample did not count a request:\n${body}`);
  console.log(counted[0]);
} finally {
  // npm and the sample are one process group of their own.
  if (!ended) process.kill(-sample.pid, 'SIGTERM');
}
