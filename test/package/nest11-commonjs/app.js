'use strict';
const assert = require('node:assert/strict');
const { sampleValue, scrapeAfterTwoCats } = require('./cats.js');

scrapeAfterTwoCats(process.argv[2]).then(({ status, body }) => {
  assert.equal(status, 200);
  const labels = { method: 'GET', route: '/cats/:id', status: '200' };
  assert.equal(sampleValue(body, 'http_requests_total', labels), 2);
  assert.equal(sampleValue(body, 'cats_found_total', {}), 2);
  assert.ok(sampleValue(body, 'process_cpu_seconds_total', {}) > 0);
});
