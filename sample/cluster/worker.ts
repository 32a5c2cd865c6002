import 'reflect-metadata';
import cluster from 'node:cluster';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Counted, Gauged, MetricsModule } from 'nestjs-prometheus-exporter';

@Controller()
class WorkController {
  @Get('work')
  @Counted('work_done', { help: 'Pieces of work that were done.' })
  @Gauged('work_in_progress', { help: 'Pieces of work under way, in all workers.' })
  async work(): Promise<{ worker: number | undefined }> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { worker: cluster.worker?.id };
  }

  @Get('stop')
  stop(): { ends: number | undefined } {
    setTimeout(() => void app.close().then(() => process.exit()), 100);
    return { ends: cluster.worker?.id };
  }
}

@Module({ imports: [MetricsModule.forRoot({ cluster: true })], controllers: [WorkController] })
class WorkerModule {}

const app = await NestFactory.create(WorkerModule, {
  logger: ['warn', 'error'],
  forceCloseConnections: true,
});
// Ctrl-C reaches the workers too, which the primary ends.
process.on('SIGINT', () => {});
await app.listen(Number(process.env['PORT'] ?? 3000));
