import { Body, Controller, Get, NotFoundException, Param, ParseIntPipe, Post } from '@nestjs/common';
import { Counted } from 'nestjs-prometheus-exporter';
import type { Order, OrderRequest } from './order.js';
import { OrdersService } from './orders.service.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  /** The status is what the customer received: 201, 400, 402 where the card was refused, or 503. */
  @Post()
  @Counted('order_submissions_total', {
    help: 'Orders that customers sent, by the status they got',
    labels: { status: ({ status }) => status },
  })
  place(@Body() request: OrderRequest): Promise<Order> {
    return this.orders.place(request);
  }

  @Get(':id')
  find(@Param('id', ParseIntPipe) id: number): Order {
    const order = this.orders.find(id);
    if (!order) {
      throw new NotFoundException(`There is no order ${id}`);
    }
    return order;
  }
}
