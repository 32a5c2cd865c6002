import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const PATIENCE_MS = 120_000;
const REST_MS = 1;

/** Milliseconds from the request until the last byte. */
export async function scrape(origin: string, gzip = false): Promise<number> {
  const start = performance.now();
  const response = await open(origin, gzip);
  response.resume();
  await once(response, 'end');
  return performance.now() - start;
}

/** Reads at most some 60 MB a second, by a rest after each chunk. */
export async function scrapeSlowly(origin: string, gzip: boolean): Promise<void> {
  for await (const _ of await open(origin, gzip)) {
    await wait(REST_MS);
  }
}

/** How many samples of the histogram there are. */
export async function countSamples(origin: string): Promise<number> {
  let samples = 0;
  let rest = '';
  for await (const chunk of (await open(origin, false)).setEncoding('latin1')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    samples += lines.filter((line) => line.startsWith('bench_seconds')).length;
  }
  return samples;
}

async function open(origin: string, gzip: boolean): Promise<IncomingMessage> {
  const request = get(`${origin}/metrics`, {
    agent: false,
    headers: gzip ? { 'accept-encoding': 'gzip' } : {},
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200 || (response.headers['content-encoding'] === 'gzip') !== gzip) {
    throw new Error(`A scrape got ${response.statusCode} ${JSON.stringify(response.headers)}`);
  }
  return response;
}
