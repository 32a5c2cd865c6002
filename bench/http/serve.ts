import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { answer, say, settings } from '../lib/in-child.js';
import type { Platform } from './platform.js';
import type { VariantModule } from './variants.js';

/** Where a variant listens. */
export interface Served {
  url: string;
  metricsUrl: string;
}

const { file, platform } = settings<{ file: string; platform: Platform }>();
const variant = (await import(`./variants/${file}.js`)) as VariantModule;
const { app, metricsUrl } = await variant.create(platform);
await app.listen(0, '127.0.0.1');
const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
const origin = `http://127.0.0.1:${port}`;

answer({ cpu: () => process.cpuUsage() });
say({ url: `${origin}/users/1`, metricsUrl: metricsUrl ?? `${origin}/metrics` } satisfies Served);
