import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../sample/app.module.js';
import { ProviderConditions } from '../../sample/payments/provider-conditions.js';
import { valuesIn } from '../support/scraped.js';

const conditions = { down: false, delay: () => 1, isDown: () => conditions.down };
let app: INestApplication;
let url: string;

beforeAll(async () => {
  const built = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(ProviderConditions)
    .useValue(conditions)
    .compile();
  app = built.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterAll(() => app.close());

const get = async (path: string): Promise<number> => {
  const response = await fetch(url + path);
  await response.arrayBuffer();
  return response.status;
};

const order = async (body: object): Promise<number> => {
  const response = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
};

async function value(
  name: string,
  labels: Record<string, string | number> = {},
): Promise<number | undefined> {
  const found = valuesIn(await (await fetch(`${url}/metrics`)).text(), name, labels);
  expect(found.length).toBeLessThan(2);
  return found[0];
}

describe('the sample shop', () => {
  it('has its unlabelled metrics at 0 before anybody came', async () => {
    expect(await value('payments_in_progress', { shop: 'books' })).toBe(0);
    expect(await value('orders_waiting')).toBe(0);
    expect(await value('app_info', { version: '1.4.0' })).toBe(1);
    expect(
      await value('method_calls_total', { class: 'ShippingWorker', method: 'ship', outcome: 'success' }),
    ).toBe(0);
    expect(await value('method_calls_total', { method: 'onApplicationBootstrap' })).toBeUndefined();
  });

  it('counts requests by route and status, with the label that all have', async () => {
    expect(await get('/products?q=night')).toBe(200);
    expect(await get('/products/b1')).toBe(200);
    expect(await get('/products/b2')).toBe(200);
    expect(await get('/products/b9')).toBe(404);
    expect(await get('/nowhere')).toBe(404);

    const labels = { method: 'GET', shop: 'books' };
    expect(await value('http_requests_total', { ...labels, route: '/products', status: 200 })).toBe(1);
    expect(await value('http_requests_total', { ...labels, route: '/products/:id', status: 200 })).toBe(2);
    expect(await value('http_requests_total', { ...labels, route: '/products/:id', status: 404 })).toBe(1);
    expect(await value('http_requests_total', { ...labels, route: 'unmatched', status: 404 })).toBe(1);
    expect(await value('catalogue_search_seconds_count')).toBe(1);
    expect(await value('catalogue_search_seconds', { quantile: 0.99 })).toBeGreaterThan(0);
  });

  it('leaves the health check out', async () => {
    expect(await get('/health')).toBe(200);
    expect(await value('http_requests_total', { route: '/health' })).toBeUndefined();
  });

  it('counts orders by the status that the customer got, payments that failed by their reason', async () => {
    expect(await order({ product: 'b1', quantity: 2, card: '4000-0001' })).toBe(201);
    expect(await order({ product: 'b3', quantity: 1, card: '4000-0001' })).toBe(201);
    expect(await order({ product: 'b1', quantity: 1, card: '4000-0002' })).toBe(402);
    expect(await order({ product: 'none', quantity: 1, card: '4000-0001' })).toBe(400);
    conditions.down = true;
    expect(await order({ product: 'b1', quantity: 1, card: '4000-0001' })).toBe(503);
    conditions.down = false;

    expect(await value('order_submissions_total', { status: 201 })).toBe(2);
    expect(await value('order_submissions_total', { status: 402 })).toBe(1);
    expect(await value('order_submissions_total', { status: 400 })).toBe(1);
    expect(await value('order_submissions_total', { status: 503 })).toBe(1);
    expect(await value('payment_failures_total', { reason: 'refused' })).toBe(1);
    expect(await value('payment_failures_total', { reason: 'unavailable' })).toBe(1);
    expect(await value('payment_duration_seconds_count')).toBe(4);
    expect(await value('payments_in_progress')).toBe(0);
    expect(await value('shop_revenue_euros_total', { product: 'b1' })).toBe(25.8);
    expect(await value('shop_revenue_euros_total', { product: 'b3' })).toBe(9.9);
  });

  it('works its queue off, and times each step of it', async () => {
    for (let left = 50; left > 0; left--) {
      const done = await value('method_calls_total', {
        class: 'ShippingWorker',
        method: 'ship',
        outcome: 'success',
      });
      if (done === 2) {
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }

    const labels = { class: 'ShippingWorker', outcome: 'success', shop: 'books' };
    expect(await value('orders_waiting')).toBe(0);
    for (const method of ['ship', 'pack', 'handOver']) {
      expect(await value('method_duration_seconds_count', { ...labels, method })).toBe(2);
    }
  });

  it('has a dashboard that asks for metrics that are there', async () => {
    const file = new URL('../../sample/grafana-dashboard.json', import.meta.url);
    const dashboard = JSON.parse(readFileSync(file, 'utf8')) as { panels: { targets: { expr: string }[] }[] };
    const asked = dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/\b[a-z]+_[a-z_]+\b/g) ?? []),
    );
    const body = await (await fetch(`${url}/metrics`)).text();
    const names = new Set([...body.matchAll(/^([a-z_]+)[{ ]/gm)].map(([, name]) => name));
    const notMetrics = ['histogram_quantile', '__rate_interval', 'rate_interval'];

    expect(asked.length).toBeGreaterThan(8);
    expect(asked.filter((name) => !names.has(name) && !notMetrics.includes(name))).toEqual([]);
  });
});
