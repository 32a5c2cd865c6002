import { expect } from '@jest/globals';
import { Module, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MetricsModule, type MetricsOptions } from '../../src/index.js';

export interface Served extends ModuleMetadata {
  /** With them `MetricsModule.forRoot()` is imported; without them `imports` brings it. */
  options?: MetricsOptions;
  /** Such as `/cats` or `POST /cats`. */
  requests?: readonly string[];
  /** Where it is scraped. Default: `/metrics` in the app. */
  endpoint?: string;
  /** Of the scrape. */
  headers?: Record<string, string>;
  /** Runs before the scrape. */
  meanwhile?: (app: INestApplication) => unknown;
}

/** Starts an app, sends it the requests, scrapes it, and expects these lines in what comes back. */
export async function serve(setup: Served, ...expected: (string | RegExp)[]): Promise<string> {
  const {
    options,
    requests = [],
    endpoint = '/metrics',
    headers = {},
    meanwhile,
    imports = [],
    ...rest
  } = setup;
  class Root {}
  Module({ ...rest, imports: [...(options ? [MetricsModule.forRoot(options)] : []), ...imports] })(Root);
  const app = await NestFactory.create(Root, { logger: false, abortOnError: false });
  try {
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    for (const request of requests) {
      const [path = '', method = 'GET'] = request.split(' ').reverse();
      await (await fetch(url + path, { method })).arrayBuffer();
    }
    await meanwhile?.(app);
    const response = await fetch(endpoint.startsWith('/') ? url + endpoint : endpoint, { headers });
    const body = await response.text();
    if (expected.length > 0) {
      expect(response.status).toBe(200);
    }
    const lines = body.split('\n');
    for (const line of expected) {
      expect(lines).toContainEqual(typeof line === 'string' ? line : expect.stringMatching(line));
    }
    return body;
  } finally {
    await app.close();
  }
}
