import { expect } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { startApp, type MetricsAppSetup } from '../support/metrics-app.js';
import { valuesIn } from '../support/scraped.js';

export interface Scraped {
  readonly url: string;
  /** Requests the paths one after another, and gives the statuses. */
  get(...paths: string[]): Promise<number[]>;
  send(method: string, path: string): Promise<number>;
  scrape(query?: string, headers?: Record<string, string>): Promise<Response>;
  /** The value of the one sample that has these labels among its own. */
  value(name: string, labels?: Record<string, string | number>): Promise<number>;
  expectAbsent(name: string, labels?: Record<string, string | number>): Promise<void>;
  get app(): Awaited<ReturnType<typeof startApp>>;
}

/** An app that is asked over HTTP alone, as a scraper and a browser would. */
export async function serve(
  controllers: Type | Type[],
  options: MetricsAppSetup['options'] = {},
  setup: Omit<MetricsAppSetup, 'options' | 'controllers'> = {},
): Promise<Scraped> {
  const app = await startApp({ ...setup, controllers: [controllers].flat(), options });
  const endpoint = options.endpoint === false ? undefined : (options.endpoint?.path ?? '/metrics');
  const send = async (method: string, path: string): Promise<number> => {
    const response = await fetch(app.url + path, { method });
    await response.arrayBuffer();
    return response.status;
  };
  const scrape = (query = '', headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${app.url}${endpoint}${query}`, { headers });
  const values = async (name: string, labels?: Record<string, string | number>): Promise<number[]> =>
    valuesIn(await (await scrape()).text(), name, labels);
  return {
    app,
    url: app.url,
    send,
    scrape,
    async get(...paths) {
      const statuses: number[] = [];
      for (const path of paths) {
        statuses.push(await send('GET', path));
      }
      return statuses;
    },
    async value(name, labels) {
      const found = await values(name, labels);
      expect(found).toHaveLength(1);
      return found[0] as number;
    },
    async expectAbsent(name, labels) {
      expect(await values(name, labels)).toEqual([]);
    },
  };
}
