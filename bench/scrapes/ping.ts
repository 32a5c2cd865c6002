import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

/** Asks for something else, over and over, until `until` is over: the milliseconds that the slowest took. */
export async function slowestPing(origin: string, until: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  let slowest = 0;
  const end = () => over.abort();
  until.then(end, end);
  while (!over.signal.aborted) {
    const start = performance.now();
    await ping(origin);
    slowest = Math.max(slowest, performance.now() - start);
  }
  await until;
  return slowest;
}

// A connection for each, since a server that was blocked for seconds resets those that it keeps alive.
async function ping(origin: string): Promise<void> {
  const [response] = (await once(get(`${origin}/ping`, { agent: false }), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
}
