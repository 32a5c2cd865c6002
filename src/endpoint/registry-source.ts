import type { Registry, RegistryContentType } from 'prom-client';
import { contentTypeOf, expose, negotiate, type ExposeOptions } from '../exposition/index.js';
import type { ScrapeSource } from './scrape-source.js';

/** Scrapes of one registry, in the format that each asks for. */
export function registrySource(
  registry: Registry<RegistryContentType>,
  options: Pick<ExposeOptions, 'created' | 'onCollectError'> = {},
): ScrapeSource {
  return {
    contentType: (accept) => contentTypeOf(negotiate(accept)),
    read: ({ accept, ...query }) => expose(registry, { ...options, ...query, format: negotiate(accept) }),
  };
}
