import { setImmediate as nextTurn } from 'node:timers/promises';
import { Metric } from '../series/index.js';
import { ChunkBuffer } from './chunk-buffer.js';
import { collect, sourcesOf } from './collect.js';
import { defaultLabelsBeside, defaultLabelsOf, labelText, type AnyRegistry } from './default-labels.js';
import type { ExposeOptions } from './expose.options.js';
import { familiesOf, headOf } from './family.js';
import { NameFilter } from './name-filter.js';
import { writeForeign } from './write-foreign.js';
import { writeOwn } from './write-own.js';

/** Milliseconds after which others on the event loop get their turn. */
const SLICE_MS = 1;
const DEFAULT_TIMEOUT_MS = 5000;
const NOT_ASCII = /[^\0-\x7f]/;

/** The text of one metric, block by block. */
interface Passage {
  readonly isAscii: boolean;
  readonly blocks: Iterable<string | Promise<string>>;
}

/**
 * All metrics of a registry as an exposition, in chunks of about 64 KiB.
 *
 * Chunks are made as they are asked for, so that a slow reader holds no memory, and no step keeps the
 * event loop for more than a few milliseconds. A label set's samples are of one moment, metrics are not.
 */
export async function* expose(
  registry: AnyRegistry,
  options: ExposeOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const { signal } = options;
  const chunks = new ChunkBuffer();
  let start = performance.now();
  for (const passage of await passagesOf(registry, options)) {
    for (const block of passage.blocks) {
      // Before the wait, in which the metric may forget values that are in the block.
      const { isAscii } = passage;
      const full = chunks.add(typeof block === 'string' ? block : await block, isAscii);
      if (full) {
        yield full;
      }
      if (performance.now() - start > SLICE_MS) {
        await nextTurn();
        start = performance.now();
      }
      signal?.throwIfAborted();
    }
  }
  const last = [chunks.add(options.format === 'openmetrics' ? '# EOF\n' : '', true), chunks.take()];
  yield* last.filter((chunk) => chunk !== undefined);
}

/** Collects, then tells what there is to write; nothing is written before all collectors had their time. */
async function passagesOf(registry: AnyRegistry, options: ExposeOptions): Promise<Iterable<Passage>> {
  const { format = 'text', timeoutMs = DEFAULT_TIMEOUT_MS, signal, created = true } = options;
  signal?.throwIfAborted();
  const filter = new NameFilter(options.names);
  const all = sourcesOf(registry);
  // Of all metrics, so that one is called the same whatever is asked for beside it.
  const families = familiesOf(
    all.map(({ name, metric }) => ({ name, type: metric.type, isOwn: metric instanceof Metric })),
    format,
  );
  const onError = (name: string, error: unknown): void => options.onCollectError?.(name, error);
  const wanted = all.flatMap((source, i) => {
    const isWanted = filter.select(source.name, source.metric.type);
    const family = families[i];
    if (isWanted && family === undefined) {
      onError(
        source.name,
        new Error('it has no name that Prometheus takes, or another metric has that of one of its samples'),
      );
    }
    return isWanted && family ? [{ source, isWanted, family }] : [];
  });
  const sources = wanted.map(({ source }) => source);
  const collected = await collect(sources, { timeoutMs, signal, onError });
  const registryLabels = await defaultLabelsOf(registry);

  const passages = wanted.map(({ source, isWanted, family }): Passage | undefined => {
    const { name, metric } = source;
    const samples = collected.get(source);
    if (samples === undefined) {
      return undefined;
    }
    const head = headOf(family, String(metric.help ?? ''));
    if (metric instanceof Metric) {
      const labels = labelText(defaultLabelsBeside(registryLabels, metric));
      const isPlain = !NOT_ASCII.test(head + labels);
      return {
        // Asked for at each block, since new values come at any time.
        get isAscii() {
          return isPlain && !metric.unicode;
        },
        blocks: headed(head, () =>
          writeOwn(metric, {
            family,
            isWanted,
            defaultLabels: labels,
            created: created && format === 'openmetrics',
          }),
        ),
      };
    }
    // A label that one of another's samples leaves out has the registry's default, as in prom-client.
    const defaultLabels = defaultLabelsBeside(registryLabels, { type: metric.type });
    return {
      isAscii: false,
      blocks: headed(head, () =>
        writeForeign(samples, {
          name,
          type: metric.type,
          family,
          defaultLabels,
          isWanted,
          onError: (error) => onError(name, error),
        }),
      ),
    };
  });
  return passages.filter((one) => one !== undefined);
}

/** Head and samples; these are read from the store when their turn comes. */
function* headed<T>(head: string, samples: () => Iterable<T>): Generator<string | T> {
  yield head;
  yield* samples();
}
