import { Controller, Get, Param } from '@nestjs/common';
import { Counted, MetricsModule, Timed, type MetricContext } from 'nestjs-prometheus-exporter';
import { createApp } from '../app.js';
import type { VariantModule } from '../variants.js';

const labels = { status: ({ status }: MetricContext) => status };

@Controller('users')
class DecoratedController {
  @Get(':id')
  @Counted('bench_total', { labels })
  @Timed('bench_seconds', { labels })
  find(@Param('id') id: string): { id: string } {
    return { id };
  }
}

export const create: VariantModule['create'] = async (platform) => ({
  app: await createApp(platform, { imports: [MetricsModule.forRoot()] }, DecoratedController),
});
