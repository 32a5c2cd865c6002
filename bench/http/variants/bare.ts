import { createApp } from '../app.js';
import type { VariantModule } from '../variants.js';

export const create: VariantModule['create'] = async (platform) => ({ app: await createApp(platform) });
