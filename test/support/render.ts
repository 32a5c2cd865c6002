import { expose, type ExposeOptions } from '../../src/exposition/index.js';

/** A whole exposition as one string. */
export async function render(
  registry: Parameters<typeof expose>[0],
  options: ExposeOptions = {},
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of expose(registry, options)) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
