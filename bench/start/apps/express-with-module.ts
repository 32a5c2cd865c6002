import { ExpressAdapter } from '@nestjs/platform-express';
import { MetricsModule } from 'nestjs-prometheus-exporter';
import { startApp } from '../start-app.js';

await startApp(new ExpressAdapter(), [MetricsModule.forRoot()]);
