import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Counted, Gauged, Timed } from 'nestjs-prometheus-exporter';
import { CardRefused, ProviderUnavailable } from './payment.errors.js';
import { ProviderConditions } from './provider-conditions.js';

const REFUSED_CARD = '4000-0002';

/** Stands for somebody else's service, which is sometimes slow and sometimes fails. */
@Injectable()
export class PaymentProvider {
  constructor(private readonly conditions: ProviderConditions) {}

  @Gauged('payments_in_progress', { help: 'Payments that wait for the provider' })
  @Timed('payment_duration_seconds', {
    help: 'Seconds that the payment provider takes to answer',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5],
  })
  @Counted('payment_failures_total', {
    help: 'Payments that failed',
    on: 'failure',
    labels: { reason: ({ error }) => (error instanceof CardRefused ? 'refused' : 'unavailable') },
  })
  async charge(_cents: number, card: string): Promise<void> {
    await wait(this.conditions.delay());
    if (this.conditions.isDown()) {
      throw new ProviderUnavailable();
    }
    if (card === REFUSED_CARD) {
      throw new CardRefused();
    }
  }
}
