import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { BatchModule, gateway } from './batch.module.js';
import { InvoiceRun } from './invoice-run.js';

const app = await NestFactory.createApplicationContext(BatchModule, { logger: ['warn', 'error'] });
await app.get(InvoiceRun).run();
console.log(
  `The invoices are made. What was measured goes to the Pushgateway; look at ${new URL(gateway).origin}`,
);

// Pushes. Where no gateway listens, a warning says so, and the job has still done its work.
await app.close();
