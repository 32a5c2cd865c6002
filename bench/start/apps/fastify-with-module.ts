import { FastifyAdapter } from '@nestjs/platform-fastify';
import { MetricsModule } from 'nestjs-prometheus-exporter';
import { startApp } from '../start-app.js';

await startApp(new FastifyAdapter(), [MetricsModule.forRoot()]);
