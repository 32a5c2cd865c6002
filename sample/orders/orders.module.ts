import { Module } from '@nestjs/common';
import { MetricsModule } from 'nestjs-prometheus-exporter';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { OrderQueue } from './order-queue.js';
import { OrdersController } from './orders.controller.js';
import { ORDER_METRICS } from './orders.metrics.js';
import { OrdersService } from './orders.service.js';
import { ShippingWorker } from './shipping.worker.js';

@Module({
  imports: [CatalogueModule, PaymentsModule, MetricsModule.forFeature(ORDER_METRICS)],
  controllers: [OrdersController],
  providers: [OrderQueue, OrdersService, ShippingWorker],
})
export class OrdersModule {}
