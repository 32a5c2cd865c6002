import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { answer, say, settings } from '../lib/in-child.js';
import { BlockProbe } from './block-probe.js';
import { MemoryProbe } from './memory-probe.js';
import { ours, peer } from './servers.js';
import type { ScrapeVariant } from './variants.js';

export interface Served {
  origin: string;
  bytesPerSet: number;
}

const { library, sets } = settings<ScrapeVariant>();
const { server, bytesPerSet } = await (library === 'nestjs-prometheus-exporter'
  ? ours(sets)
  : peer(library, sets));
const block = new BlockProbe();
const memory = new MemoryProbe();

answer({
  startBlock: () => block.start(),
  startResident: () => memory.startResident(),
  startKept: () => memory.startKept(),
  stopBlock: () => block.stop(),
  stopMemory: () => memory.stop(),
});
const { port } = server.address() as AddressInfo;
say({ origin: `http://127.0.0.1:${port}`, bytesPerSet } satisfies Served);
