import { Module } from '@nestjs/common';
import { MetricsModule } from 'nestjs-prometheus-exporter';
import { InvoiceRun } from './invoice-run.js';

/** As the first argument, or in the environment. */
export const gateway = process.argv[2] ?? process.env['PUSHGATEWAY_URL'] ?? 'http://127.0.0.1:9091';

@Module({
  imports: [
    MetricsModule.forRoot({ push: { url: gateway, job: 'invoices', method: 'post', timeout: 2000 } }),
  ],
  providers: [InvoiceRun],
})
export class BatchModule {}
