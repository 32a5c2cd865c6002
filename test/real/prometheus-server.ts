import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './pushgateway.js';

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: [time: number, value: string];
}

/** Debian's Prometheus, on a port of its own, which scrapes one target every second. */
export class Prometheus {
  static readonly #running = new Set<Prometheus>();

  private constructor(
    private readonly url: string,
    private readonly process: ChildProcess,
    private readonly directory: string,
  ) {
    Prometheus.#running.add(this);
  }

  /** @throws Error at once where there is no such program. */
  static async start(target: string): Promise<Prometheus> {
    const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const config = join(directory, 'prometheus.yml');
    writeFileSync(
      config,
      `scrape_configs:\n  - job_name: app\n    scrape_interval: 1s\n    scrape_timeout: 1s\n    static_configs: [{ targets: ['${target}'] }]\n`,
    );
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [`--config.file=${config}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${address}`],
      { stdio: 'ignore' },
    );
    const prometheus = new Prometheus(`http://${address}`, child, directory);
    // Rejects where the program is missing.
    await once(child, 'spawn');
    await prometheus.until('up == 1', (values) => values.length === 1);
    return prometheus;
  }

  /** Ends all that were started: also those whose test did not come so far. */
  static async stopAll(): Promise<void> {
    await Promise.all([...Prometheus.#running].map((one) => one.stop()));
  }

  /** The values that a PromQL query gives. */
  async query(query: string): Promise<number[]> {
    const data = await this.#ask<{ result: Sample[] }>(`query?query=${encodeURIComponent(query)}`);
    return data.result.map(({ value }) => Number(value[1]));
  }

  /** Names of all metrics that it has scraped. */
  names(): Promise<string[]> {
    return this.#ask<string[]>('label/__name__/values');
  }

  async until(query: string, isEnough: (values: number[]) => boolean): Promise<number[]> {
    for (let i = 0; i < 150 && this.#isRunning; i++) {
      const values = await this.query(query).catch(() => []);
      if (isEnough(values)) {
        return values;
      }
      await wait(100);
    }
    throw new Error(`Prometheus never gave what was expected of ${query}`);
  }

  async stop(): Promise<void> {
    if (this.#isRunning) {
      const exited = once(this.process, 'exit');
      this.process.kill();
      const killing = setTimeout(() => this.process.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(killing);
    }
    rmSync(this.directory, { recursive: true, force: true });
    Prometheus.#running.delete(this);
  }

  get #isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.process;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  async #ask<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) });
    return ((await response.json()) as { data: T }).data;
  }
}
