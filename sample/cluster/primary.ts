import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startClusterMetrics } from 'nestjs-prometheus-exporter/cluster';

// The primary loads no Nest: it starts workers, and puts their metrics together.
const port = Number(process.env['PORT'] ?? 3000);
const metricsPort = Number(process.env['METRICS_PORT'] ?? 9100);

const metrics = await startClusterMetrics({ server: { port: metricsPort, host: '127.0.0.1' } });

cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker.js', import.meta.url)) });
const workers = Math.min(4, Math.max(2, availableParallelism()));
for (let i = 0; i < workers; i++) {
  cluster.fork();
}

let isEnding = false;
cluster.on('exit', (worker) => {
  if (!isEnding) {
    console.log(`Worker ${worker.id} has ended; what it counted stays. A new one takes its place.`);
    cluster.fork();
  }
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isEnding = true;
    cluster.disconnect(() => void metrics.close());
  });
}

console.log(`
${workers} workers are starting.

  http://localhost:${port}/work            does some work, in one of them
  http://localhost:${metricsPort}/metrics         all of them together, from the primary
  http://localhost:${port}/metrics         the same, from one of them

  curl -s http://localhost:${port}/stop    ends one worker: no counter falls

Ctrl-C stops it.
`);
