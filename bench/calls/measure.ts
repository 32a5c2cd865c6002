import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { say, settings } from '../lib/in-child.js';
import { nanosecondsPerCall } from '../lib/nanoseconds.js';
import { decoratorOf } from './decorator.js';
import { loopOver } from './loop.js';
import { subjectClass } from './subject.js';
import type { CallVariant } from './variants.js';

const { seconds, ...variant } = settings<CallVariant & { seconds: number }>();
const decorate = await decoratorOf(variant);
const isRecorded = decorate !== undefined && variant.decorator !== 'clock';
const classes = Array.from({ length: variant.methods }, () => subjectClass(variant.isAsync, decorate));

@Module({ imports: isRecorded ? [await metricsModule()] : [], providers: classes })
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const subjects = classes.map((subject) => app.get(subject));
const nanoseconds = await nanosecondsPerCall(loopOver(subjects, variant.isAsync), seconds);
if (isRecorded) {
  await checkThatCallsWereSeen();
}
say(nanoseconds);

async function metricsModule(): Promise<DynamicModule> {
  const { MetricsModule } = await import('nestjs-prometheus-exporter');
  return MetricsModule.forRoot({ processMetrics: false });
}

async function checkThatCallsWereSeen(): Promise<void> {
  const { MetricsService } = await import('nestjs-prometheus-exporter');
  const { body } = await app.get(MetricsService).render();
  // A gauge of calls in progress is back at 0.
  const seen = variant.decorator === 'Gauged' ? /^(method_in_progress|bench_calls)/m : / [1-9]\d{3,}$/m;
  if (!seen.test(body)) {
    throw new Error(`The calls were not recorded:\n${body}`);
  }
}
