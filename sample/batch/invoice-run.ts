import { Injectable } from '@nestjs/common';
import { Counted, MetricsService, Timed } from 'nestjs-prometheus-exporter';

const INVOICES = 20;

/** Makes the invoices of the month. */
@Injectable()
export class InvoiceRun {
  constructor(private readonly metrics: MetricsService) {}

  @Timed('invoice_run_duration_seconds', { help: 'Seconds that a run takes.', buckets: [0.1, 1, 10, 100] })
  async run(): Promise<void> {
    for (let number = 1; number <= INVOICES; number++) {
      await this.make(number);
    }
    // Made here and not before: a run that fails has none, and POST leaves the gateway that of the last success.
    this.metrics
      .gauge({
        name: 'invoice_run_last_success_timestamp_seconds',
        help: 'When a run was last through, in Unix time.',
      })
      .setToCurrentTime();
  }

  @Counted('invoices', { help: 'Invoices that this run has made.' })
  async make(_number: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
