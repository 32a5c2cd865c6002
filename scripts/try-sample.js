// Starts both samples as the documents say, and asks each what it has counted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const secondsToStart = 120;

await tryScript(['start', '--', '--no-traffic'], ({ port }) => port);
await tryScript(['run', 'start:cluster'], ({ metricsPort }) => metricsPort);

async function tryScript(npmArguments, portToScrape) {
  const ports = { port: await freePort(), metricsPort: await freePort() };
  const sample = spawn('npm', npmArguments, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, PORT: String(ports.port), METRICS_PORT: String(ports.metricsPort) },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  let isOver = false;
  const over = once(sample, 'exit').then(() => (isOver = true));
  try {
    let answer;
    for (let second = 0; answer === undefined && second < secondsToStart; second++) {
      if (isOver) throw new Error(`npm ${npmArguments.join(' ')} ended before it answered`);
      await wait(1000);
      answer = await ask(ports.port, '/no-such-page');
    }
    if (answer?.status !== 404) throw new Error(`/no-such-page answered ${answer?.status}`);
    const body = await (await ask(portToScrape(ports), '/metrics'))?.text();
    const counted = /^http_requests_total\{.*route="unmatched".*status="404".*\} 1$/m.exec(body);
    if (counted === null) throw new Error(`the sample did not count a request:\n${body}`);
    console.log(counted[0]);
  } finally {
    // npm and the sample are one process group of their own.
    if (!isOver) process.kill(-sample.pid, 'SIGTERM');
    await over;
  }
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function ask(port, path) {
  return fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
}
