import promBundle from 'express-prom-bundle';
import { createApp } from '../app.js';
import type { VariantModule } from '../variants.js';

export const create: VariantModule['create'] = async (platform) => {
  const app = await createApp(platform);
  app.use(
    promBundle({
      includeMethod: true,
      includePath: true,
      promClient: { collectDefaultMetrics: {} },
    }),
  );
  return { app };
};
