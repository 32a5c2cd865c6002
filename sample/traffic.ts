import { setTimeout as wait } from 'node:timers/promises';

const CARDS = ['4000-0001', '4000-0001', '4000-0001', '4000-0002'];
const PATHS = ['/products', '/products?q=night', '/products/b1', '/products/b9', '/orders/1', '/favicon.ico'];

/** Customers who look around and sometimes buy, until the signal says stop. */
export async function sendTraffic(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const request = Math.random() < 0.3 ? buy(url, signal) : fetch(url + pick(PATHS), { signal });
    // The next customer does not wait for this one's answer.
    void request.then((response) => response.arrayBuffer()).catch(() => undefined);
    await wait(50 + Math.random() * 300, undefined, { signal }).catch(() => undefined);
  }
}

function buy(url: string, signal: AbortSignal): Promise<Response> {
  const order = {
    product: pick(['b1', 'b2', 'b3', 'b4', 'b9']),
    quantity: 1 + Math.floor(Math.random() * 3),
    card: pick(CARDS),
  };
  return fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
    signal,
  });
}

function pick(items: readonly string[]): string {
  return items[Math.floor(Math.random() * items.length)] ?? '';
}
