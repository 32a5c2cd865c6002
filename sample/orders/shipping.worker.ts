import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Counted, Timed } from 'nestjs-prometheus-exporter';
import { OrderQueue } from './order-queue.js';
import type { Order } from './order.js';

/** Works the queue off in the background. On the class, the decorators hold for `ship`, `pack` and `handOver`. */
@Counted()
@Timed()
@Injectable()
export class ShippingWorker implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly queue: OrderQueue) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      const order = this.queue.take();
      if (order) {
        void this.ship(order);
      }
    }, 250);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async ship(order: Order): Promise<void> {
    await this.pack(order);
    this.handOver(order);
  }

  async pack({ quantity }: Order): Promise<void> {
    await wait(5 * Math.min(quantity, 20));
  }

  handOver(order: Order): void {
    order.shipped = true;
  }
}
