import { expect } from '@jest/globals';
import { Registry } from 'prom-client';
import { MetricsService, PushError, PushService, type PushOptions } from '../../src/index.js';
import { startContext } from '../support/metrics-app.js';

/** An app without HTTP that pushes when it is told to. */
export const start = async (options: PushOptions, registry = new Registry()) => {
  const push = { onShutdown: 'none' as const, ...options };
  const { app } = await startContext({ options: { push, registry } });
  const metrics = app.get(MetricsService);
  const set = (name: string, value: number): void => metrics.gauge({ name, help: 'x' }).set(value);
  return { app, push: app.get(PushService), metrics, set };
};

export const failureOf = async (work: Promise<void>): Promise<PushError> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PushError);
  return error as PushError;
};
