import { setImmediate as nextTurn } from 'node:timers/promises';
import { collect, type Collected } from './collect.js';
import { defaultLabelsOf, labelText, type AnyRegistry } from './default-labels.js';
import type { ExposeOptions } from './expose.options.js';
import { FamilyNames } from './family.js';
import { NameFilter } from './name-filter.js';
import { writeForeign } from './write-foreign.js';
import { BLOCK, writeOwn } from './write-own.js';

/** Milliseconds after which others on the event loop get their turn. */
const SLICE_MS = 1;
const DEFAULT_TIMEOUT_MS = 5000;

/**
 * All metrics of a registry as an exposition, in chunks of about 64 KiB.
 *
 * Chunks are made as they are asked for, so that a slow reader holds no memory, and no step keeps the
 * event loop for more than a few milliseconds.
 */
export async function* expose(
  registry: AnyRegistry,
  options: ExposeOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const { signal } = options;
  let text = '';
  let start = performance.now();
  for await (const block of blocks(registry, options)) {
    signal?.throwIfAborted();
    text += block;
    if (text.length >= BLOCK) {
      yield Buffer.from(text);
      text = '';
      if (performance.now() - start > SLICE_MS) {
        await nextTurn();
        start = performance.now();
      }
    }
  }
  if (text !== '') {
    yield Buffer.from(text);
  }
}

/** The same as one string, for pushes and small expositions. */
export async function render(registry: AnyRegistry, options: ExposeOptions = {}): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of expose(registry, options)) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function* blocks(registry: AnyRegistry, options: ExposeOptions): AsyncGenerator<string> {
  const { format = 'text', timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
  signal?.throwIfAborted();
  const filter = new NameFilter(options.names);
  const metrics = await collect(registry, {
    isWanted: (name, type) => filter.select(name, type) !== undefined,
    timeoutMs,
    onError: (name, error) => options.onCollectError?.(name, error),
  });
  const defaultLabels = await defaultLabelsOf(registry);
  const families = new FamilyNames(
    format,
    metrics.map(({ name }) => name),
  );
  for (const collected of metrics) {
    const { name } = collected;
    const { type, help } = collected.kind === 'own' ? collected.metric : collected.data;
    const family = families.familyOf(name, type, help);
    const isWanted = filter.select(name, type) ?? (() => true);
    if (collected.kind === 'foreign') {
      yield* writeForeign(collected.data, { name, family, format, defaultLabels, isWanted });
    } else {
      yield* writeOwn(collected.metric, {
        family,
        isWanted,
        defaultLabels: labelText(without(defaultLabels, collected)),
        created: format === 'openmetrics' && options.created !== false,
      });
    }
  }
  if (format === 'openmetrics') {
    yield '# EOF\n';
  }
}

/** A label of the metric's own wins. */
function without(
  labels: Record<string, unknown>,
  { metric }: Extract<Collected, { kind: 'own' }>,
): Record<string, unknown> {
  const others = Object.entries(labels).filter(([name]) => !metric.labelNames.includes(name));
  return Object.fromEntries(others);
}
