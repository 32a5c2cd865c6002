import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as whole from 'prom-client';

const FOLDER = fileURLToPath(new URL('../src/', import.meta.url));
const FILE = join(FOLDER, 'prom-client.cjs');
const part = createRequire(import.meta.url)(FILE) as typeof whole;

const definitions = async (
  { Registry, collectDefaultMetrics }: typeof whole,
  settings: object = {},
): Promise<unknown[]> => {
  const register = new Registry();
  collectDefaultMetrics({ ...settings, register });
  const metrics = await register.getMetricsAsJSON();
  return metrics.map(({ name, help, type, aggregator, values }) => ({
    name,
    help,
    type: String(type),
    aggregator,
    labels: values.some((value) => 'le' in value.labels) ? [] : Object.keys(values[0]?.labels ?? {}).sort(),
  }));
};

describe('what the package loads of prom-client', () => {
  it('is the very registry, classes and all', () => {
    expect(part.register).toBe(whole.register);
    expect(part.Registry).toBe(whole.Registry);
    const summary = new part.Summary({ name: 's', help: 's', percentiles: [0.5], registers: [] });
    expect(summary).toBeInstanceOf(whole.Summary);
    expect(summary).toMatchObject({ name: 's', percentiles: [0.5] });
  });

  it.each([
    [{}],
    [{ prefix: 'app_', labels: { app: 'a' }, gcDurationBuckets: [1], eventLoopMonitoringPrecision: 20 }],
  ])('makes the same process metrics (%j)', async (settings) => {
    const made = await definitions(part, settings);
    expect(made.length).toBeGreaterThan(20);
    expect(made).toEqual(await definitions(whole, settings));
  });

  it('adds up CPU time, whichever of its metrics is read', async () => {
    const register = new part.Registry();
    part.collectDefaultMetrics({ register });
    const value = async (kind: string): Promise<number> =>
      (await register.getSingleMetric(`process_cpu_${kind}seconds_total`)?.get())?.values[0]?.value ?? NaN;
    const before = process.cpuUsage();
    const at = await value('');
    for (let i = 0; process.cpuUsage(before).user < 20_000; i++) {
      Math.sqrt(i);
    }
    const both = await value('');
    expect(both - at).toBeGreaterThanOrEqual(0.02);
    expect(both).toBeLessThan(1e-6 + process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6);
    expect((await value('user_')) + (await value('system_'))).toBeCloseTo(await value(''), 2);
  });
});

describe('a process with the package', () => {
  let folder = '';

  /** With a prom-client of these files. */
  function run(files: Record<string, string>, script: string): string {
    folder = mkdtempSync(join(tmpdir(), 'prom-client-'));
    for (const name of ['prom-client.cjs', 'prom-client-files.cjs']) {
      cpSync(join(FOLDER, name), join(folder, name));
    }
    for (const [name, text] of Object.entries(files)) {
      const file = join(folder, 'node_modules', 'prom-client', name);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, text);
    }
    return execFileSync(process.execPath, ['-e', script], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  }

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const REGISTER = `console.log(require('./prom-client.cjs').register)`;

  it.each<[string, Record<string, string>]>([
    ['moved', {}],
    ['hidden', { 'package.json': '{"exports":{".":"./index.js"}}', 'lib/registry.js': '' }],
    ['changed', { 'lib/registry.js': 'module.exports = { globalRegistry: {} }' }],
  ])('loads all of prom-client where its files were %s', (_how, files) => {
    const all = { 'index.js': `exports.register = 'of the index'`, 'package.json': '{}', ...files };
    expect(run(all, REGISTER)).toBe('of the index\n');
  });

  it('says what is missing where prom-client is', () => {
    expect(() => run({}, REGISTER)).toThrow("Cannot find module 'prom-client'");
  });

  it('loads no estimator of quantiles, but for summaries', () => {
    const loaded = `Object.keys(require.cache).some((file) => file.includes('tdigest'))`;
    const script = `
      const { Summary } = require(${JSON.stringify(FILE)});
      const before = ${loaded};
      new Summary({ name: 's', help: 's', registers: [] });
      console.log(before, ${loaded});`;
    expect(run({}, script)).toBe('false true\n');
  });

  it('loads no OpenTelemetry, but for exemplars', () => {
    const loaded = `Object.keys(require.cache).some((file) => file.includes('@opentelemetry'))`;
    const script = `
      const { Registry, collectDefaultMetrics } = require(${JSON.stringify(FILE)});
      collectDefaultMetrics({ register: new Registry() });
      const before = ${loaded};
      collectDefaultMetrics({ register: new Registry(Registry.OPENMETRICS_CONTENT_TYPE), enableExemplars: true });
      console.log(before, ${loaded});
      process.exit();`;
    expect(run({}, script)).toBe('false true\n');
  });
});
