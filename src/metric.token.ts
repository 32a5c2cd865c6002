import { Inject } from '@nestjs/common';

/** The token of a metric of `MetricsModule.forFeature()`, for tests that put in their own. */
export function getMetricToken(name: string): string {
  return `METRIC_${name}`;
}

/** Injects a metric of `MetricsModule.forFeature()`, by the name that it was given there. */
export function InjectMetric(name: string): ReturnType<typeof Inject> {
  return Inject(getMetricToken(name));
}
