import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { sendTraffic } from './traffic.js';

const port = Number(process.env['PORT'] ?? 3000);
const url = `http://localhost:${port}`;
const quiet = process.argv.includes('--no-traffic');
const stopped = new AbortController();

// Without it Ctrl-C would wait for browsers that keep their connection open.
const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'], forceCloseConnections: true });
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopped.abort();
    void app.close();
  });
}

try {
  await app.listen(port);
  console.log(`
The shop is open. Its metrics: ${url}/metrics

  ${url}/products          the catalogue
  ${url}/products?q=night  a search
  ${url}/products/b9       404: there is none
  ${url}/orders/1          an order
  ${url}/health            not tracked

  curl ${url}/orders -H 'content-type: application/json' -d '{"product":"b1","quantity":2,"card":"4000-0001"}'

${quiet ? 'No traffic but yours.' : 'A few customers are in already; npm start -- --no-traffic leaves it quiet.'} Ctrl-C stops it.
`);
  if (!quiet) {
    await sendTraffic(`http://127.0.0.1:${port}`, stopped.signal);
  }
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
    throw error;
  }
  console.error(`Port ${port} is taken. Another one: PORT=3001 npm start`);
  process.exitCode = 1;
  await app.close();
}
