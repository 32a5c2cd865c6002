import { BadRequestException, Injectable } from '@nestjs/common';
import { Counter, InjectMetric } from 'nestjs-prometheus-exporter';
import { CatalogueService } from '../catalogue/catalogue.service.js';
import { PaymentProvider } from '../payments/payment-provider.js';
import { OrderQueue } from './order-queue.js';
import type { Order, OrderRequest } from './order.js';
import { REVENUE } from './orders.metrics.js';

@Injectable()
export class OrdersService {
  private readonly orders: Order[] = [];

  constructor(
    private readonly catalogue: CatalogueService,
    private readonly payments: PaymentProvider,
    private readonly queue: OrderQueue,
    @InjectMetric(REVENUE) private readonly revenue: Counter<'product'>,
  ) {}

  async place({ product: id, quantity, card }: OrderRequest): Promise<Order> {
    const product = this.catalogue.find(id);
    if (!product || !Number.isInteger(quantity) || quantity < 1) {
      throw new BadRequestException('An order needs a product of the catalogue and a quantity');
    }
    const total = product.price * quantity;
    await this.payments.charge(total, card);
    const order = { id: this.orders.length + 1, product: id, quantity, total, shipped: false };
    this.orders.push(order);
    this.revenue.inc({ product: id }, total / 100);
    this.queue.add(order);
    return order;
  }

  find(id: number): Order | undefined {
    return this.orders[id - 1];
  }
}
