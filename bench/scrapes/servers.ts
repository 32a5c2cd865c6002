import { createServer, type Server } from 'node:http';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Library } from '../records/libraries.js';
import { fill, histogramOptions } from './fill.js';

interface Filled {
  server: Server;
  bytesPerSet: number;
}

/** This library in a Nest app on Express, scraped at its endpoint. */
export async function ours(sets: number): Promise<Filled> {
  const { MetricsModule, MetricsService } = await import('nestjs-prometheus-exporter');
  @Controller('ping')
  class PingController {
    @Get()
    ping(): string {
      return 'pong';
    }
  }
  @Module({
    imports: [MetricsModule.forRoot({ processMetrics: false, maxSeries: sets })],
    controllers: [PingController],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  const histogram = app.get(MetricsService).histogram<string>(histogramOptions);
  const bytesPerSet = await fill(histogram, sets);
  await app.listen(0, '127.0.0.1');
  return { server: app.getHttpServer() as Server, bytesPerSet };
}

/** prom-client or a fork behind the smallest of servers, without the cost of a framework. */
export async function peer(library: Library, sets: number): Promise<Filled> {
  const { default: client } = (await import(library)) as { default: typeof import('prom-client') };
  const bytesPerSet = await fill(new client.Histogram(histogramOptions), sets);
  const server = createServer(async ({ url }, response) => {
    if (url === '/metrics') {
      response.setHeader('Content-Type', client.register.contentType);
      response.end(await client.register.metrics());
    } else {
      response.end('pong');
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, bytesPerSet };
}
