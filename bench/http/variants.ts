import type { INestApplication } from '@nestjs/common';
import type { Bar } from '../lib/bar.js';
import type { Platform } from './platform.js';

/** What a file of `variants/` exports. */
export interface VariantModule {
  /** Makes the app, and says where its metrics are if not at its own `/metrics`. */
  create(platform: Platform): Promise<{ app: INestApplication; metricsUrl?: string }>;
}

export interface Variant {
  name: string;
  /** The file in `variants/`. */
  file: string;
  platform: Platform;
  /** A sample that is there once requests were counted. */
  counted?: RegExp;
  /** Share of the bare app's requests per second. */
  bar?: Bar;
}

type OnBoth = Omit<Variant, 'platform' | 'bar'>;

const ours: OnBoth = {
  name: 'nestjs-prometheus-exporter',
  file: 'ours',
  counted: /^http_requests_total\{.*route="\/users\/:id".*\} \d+$/m,
};
const decorated: OnBoth[] = [
  {
    name: '… with @Counted and @Timed',
    file: 'ours-decorated',
    counted: /^bench_seconds_count \d+$/m,
  },
  {
    name: '… with @Counted and @Timed by status',
    file: 'ours-by-status',
    counted: /^bench_seconds_count\{status="200"\} \d+$/m,
  },
];
const peers: OnBoth[] = [
  {
    name: '@willsoto/nestjs-prometheus and an interceptor',
    file: 'nestjs-prometheus',
    counted: /^http_requests_total\{.*route="\/users\/:id".*\} \d+$/m,
  },
  {
    name: 'nestjs-otel, instrumentation-http, exporter-prometheus',
    file: 'nestjs-otel',
    counted: /^http_server_request_duration\w*_count\{.*\} \d+/m,
  },
];
const expressPeer: OnBoth = {
  name: 'express-prom-bundle',
  file: 'express-prom-bundle',
  counted: /^http_request_duration_seconds_count\{.*path="\/users\/#val".*\} \d+$/m,
};
const fastifyPeers: OnBoth[] = [
  { name: 'fastify-metrics', file: 'fastify-metrics' },
  { name: 'fastify-metrics with @platformatic/prom-client', file: 'fastify-metrics-platformatic' },
].map((peer) => ({
  ...peer,
  counted: /^http_request_duration_seconds_count\{.*route="\/users\/:id".*\} \d+$/m,
}));

const on = (platform: Platform, variants: readonly OnBoth[], bar?: number): Variant[] =>
  variants.map((variant) => ({ ...variant, platform, ...(bar !== undefined && { bar: { atLeast: bar } }) }));

/** The bare app first: all others of the platform are compared with it. It is there twice, to show the noise. */
const bare: OnBoth[] = [
  { name: 'bare Nest', file: 'bare' },
  { name: 'bare Nest again', file: 'bare' },
];

export const variantsOf: Record<Platform, Variant[]> = {
  express: [
    ...on('express', bare),
    ...on('express', [ours], 0.97),
    ...on('express', decorated, 0.93),
    ...on('express', [...peers, expressPeer]),
  ],
  fastify: [
    ...on('fastify', bare),
    ...on('fastify', [ours], 0.95),
    ...on('fastify', decorated, 0.88),
    ...on('fastify', [...peers, ...fastifyPeers]),
  ],
};
