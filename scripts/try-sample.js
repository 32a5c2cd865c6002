// Starts the samples as the documents say, asks those that stay what they have counted, and takes what the batch
// job pushes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const secondsToStart = 120;

await tryScript(['start', '--', '--no-traffic'], ({ port }) => port);
await tryScript(['run', 'start:cluster'], ({ metricsPort }) => metricsPort);
await tryBatch();

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

async function tryBatch() {
  const received = [];
  const gateway = createHttpServer(async (request, response) => {
    received.push(await text(request));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  await runBatch([], `http://127.0.0.1:${gateway.address().port}`);
  gateway.close();
  const pushed = /^invoices_total \d+$/m.exec(received.join('\n'));
  if (pushed === null) throw new Error(`the batch job did not push:\n${received.join('\n')}`);
  console.log(pushed[0]);
  // Built once already.
  const output = await runBatch(['--ignore-scripts'], `http://127.0.0.1:${await freePort()}`);
  if (!output.includes('were not pushed'))
    throw new Error(`it did not say that no gateway is there:\n${output}`);
}

async function runBatch(npmOptions, url) {
  const job = spawn('npm', ['run', ...npmOptions, 'start:batch'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, PUSHGATEWAY_URL: url, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: secondsToStart * 1000,
  });
  const [output, [code]] = await Promise.all([text(job.stdout), once(job, 'close')]);
  if (code !== 0) throw new Error(`npm run start:batch ended with ${code}:\n${output}`);
  return output;
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
