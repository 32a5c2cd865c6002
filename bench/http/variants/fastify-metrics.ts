import client from '@prometheus-io/client';
import { createWithFastifyMetrics } from '../fastify-metrics.js';
import type { VariantModule } from '../variants.js';

/** The client that it depends on; without `promClient` it would take the faster one that is installed here. */
export const create: VariantModule['create'] = async (platform) => ({
  app: await createWithFastifyMetrics(platform, client),
});
