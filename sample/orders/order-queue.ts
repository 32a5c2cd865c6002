import { Injectable } from '@nestjs/common';
import type { Order } from './order.js';

/** Paid orders that wait to be shipped. */
@Injectable()
export class OrderQueue {
  private readonly waiting: Order[] = [];

  get length(): number {
    return this.waiting.length;
  }

  add(order: Order): void {
    this.waiting.push(order);
  }

  take(): Order | undefined {
    return this.waiting.shift();
  }
}
