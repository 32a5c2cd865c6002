import client from '@platformatic/prom-client';
import { createWithFastifyMetrics } from '../fastify-metrics.js';
import type { VariantModule } from '../variants.js';

export const create: VariantModule['create'] = async (platform) => ({
  app: await createWithFastifyMetrics(platform, client),
});
