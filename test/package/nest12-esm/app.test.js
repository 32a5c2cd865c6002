import { Registry } from 'prom-client';
import { sampleValue, scrapeAfterTwoCats } from './cats.js';

test.each(['express', 'fastify'])('counts requests on %s', async (platform) => {
  const { status, body } = await scrapeAfterTwoCats(platform, { registry: new Registry() });
  expect(status).toBe(200);
  const labels = { method: 'GET', route: '/cats/:id', status: '200' };
  expect(sampleValue(body, 'http_requests_total', labels)).toBe(2);
  expect(sampleValue(body, 'cats_found_total', {})).toBe(2);
});
