import { Module } from '@nestjs/common';
import { MetricsModule } from 'nestjs-prometheus-exporter';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { HealthController } from './health/health.controller.js';
import { OrdersModule } from './orders/orders.module.js';

@Module({
  imports: [
    MetricsModule.forRoot({
      defaultLabels: { shop: 'books' },
      info: { version: '1.4.0' },
    }),
    CatalogueModule,
    OrdersModule,
  ],
  controllers: [HealthController],
})
export class AppModule {}
