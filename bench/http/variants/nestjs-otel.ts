import { createRequire } from 'node:module';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { OpenTelemetryModule } from 'nestjs-otel';
import { createApp } from '../app.js';
import { freePort } from '../free-port.js';
import type { VariantModule } from '../variants.js';

/** Metrics alone: no spans are made, and requests have no route, which would take a further instrumentation. */
export const create: VariantModule['create'] = async (platform) => {
  process.env['OTEL_SEMCONV_STABILITY_OPT_IN'] = 'http';
  const port = await freePort();
  const meterProvider = new MeterProvider({ readers: [new PrometheusExporter({ port })] });
  metrics.setGlobalMeterProvider(meterProvider);
  registerInstrumentations({ instrumentations: [new HttpInstrumentation()], meterProvider });
  // It dresses node:http, for importers too, when that is required.
  createRequire(import.meta.url)('node:http');
  const app = await createApp(platform, {
    imports: [OpenTelemetryModule.forRoot({ metrics: { hostMetrics: true } })],
  });
  return { app, metricsUrl: `http://127.0.0.1:${port}/metrics` };
};
