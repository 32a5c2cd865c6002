import { Controller, Get, Param } from '@nestjs/common';
import { Counted, MetricsModule, Timed } from 'nestjs-prometheus-exporter';
import { createApp } from '../app.js';
import type { VariantModule } from '../variants.js';

@Controller('users')
class DecoratedController {
  @Get(':id')
  @Counted('bench_total')
  @Timed('bench_seconds')
  find(@Param('id') id: string): { id: string } {
    return { id };
  }
}

export const create: VariantModule['create'] = async (platform) => ({
  app: await createApp(platform, { imports: [MetricsModule.forRoot()] }, DecoratedController),
});
