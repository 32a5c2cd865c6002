import type { MetricProviderDefinition } from 'nestjs-prometheus-exporter';
import { OrderQueue } from './order-queue.js';

export const REVENUE = 'shop_revenue_euros_total';

export const ORDER_METRICS: readonly MetricProviderDefinition[] = [
  { type: 'counter', name: REVENUE, help: 'Euros that customers have paid', labelNames: ['product'] },
  {
    type: 'gauge',
    name: 'orders_waiting',
    help: 'Paid orders that are not shipped yet',
    inject: [OrderQueue],
    // Asked at each scrape: no line of the queue has to know of metrics.
    collect(queue: OrderQueue) {
      this.set(queue.length);
    },
  },
];
