import type { Registry, RegistryContentType } from 'prom-client';
import type { ExposeOptions } from './expose.options.js';

/**
 * All metrics of a registry as an exposition, in chunks of about 64 KiB.
 *
 * Chunks are made as they are asked for, so that a slow reader holds no memory, and no step keeps the
 * event loop for more than a few milliseconds.
 */
export async function* expose(
  _registry: Registry<RegistryContentType>,
  _options: ExposeOptions = {},
): AsyncGenerator<Uint8Array, void, void> {}

/** The same as one string, for pushes and small expositions. */
export async function render(
  registry: Registry<RegistryContentType>,
  options: ExposeOptions = {},
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of expose(registry, options)) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
