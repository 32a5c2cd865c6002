import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { setImmediate } from 'node:timers/promises';
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

/** More than one, since V8 keeps hidden classes that its code knows for two of them. */
const COLLECTIONS = 4;

async function collectGarbage(): Promise<void> {
  for (let i = 0; i < COLLECTIONS; i++) {
    await setImmediate();
    globalThis.gc?.();
  }
}

answer({ cpu: () => process.cpuUsage(), rest: collectGarbage });
say({ url: `${origin}/users/1`, metricsUrl: metricsUrl ?? `${origin}/metrics` } satisfies Served);
