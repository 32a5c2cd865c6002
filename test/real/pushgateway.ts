import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { parseExposition, type ParsedSample } from '../support/parse-exposition.js';

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** What its API says of one group: its labels, and each metric under its name. */
interface Group {
  readonly labels: Readonly<Record<string, string>>;
  readonly [metric: string]: unknown;
}

/** Debian's Pushgateway, on a port of its own. */
export class Pushgateway {
  private constructor(
    readonly port: number,
    private readonly process: ChildProcess,
  ) {}

  /** @throws Error at once where there is no such program. */
  static async start(port?: number): Promise<Pushgateway> {
    const own = port ?? (await freePort());
    // Debian's keeps its metrics in a file unless told otherwise, and shares it with all others.
    const flags = [`--web.listen-address=127.0.0.1:${own}`, '--persistence.file='];
    const child = spawn('prometheus-pushgateway', flags, { stdio: 'ignore' });
    // Rejects where the program is missing.
    await once(child, 'spawn');
    const gateway = new Pushgateway(own, child);
    await gateway.isReady();
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The groups that it has, with their metrics. */
  async groups(): Promise<Group[]> {
    const response = await fetch(`${this.url}/api/v1/metrics`);
    return ((await response.json()) as { data: Group[] }).data;
  }

  /** All samples of a scrape that have these labels among their own. */
  async samples(labels: Record<string, string>): Promise<ParsedSample[]> {
    const body = await (await fetch(`${this.url}/metrics`)).text();
    const samples = parseExposition(body).flatMap((family) => family.samples);
    return samples.filter((sample) =>
      Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
    );
  }

  async value(name: string, labels: Record<string, string>): Promise<number | undefined> {
    return (await this.samples(labels)).find((sample) => sample.name === name)?.value;
  }

  /** Waits until a sample has this value; what is deleted goes a moment after the answer. */
  async until(name: string, labels: Record<string, string>, value: number | undefined): Promise<void> {
    for (let i = 0; i < 100; i++) {
      if ((await this.value(name, labels)) === value) {
        return;
      }
      await wait(100);
    }
    throw new Error(`the Pushgateway never had ${value} as ${name}`);
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null && this.process.pid) {
      this.process.kill('SIGKILL');
      await once(this.process, 'exit');
    }
  }

  private async isReady(): Promise<void> {
    for (let i = 0; i < 100 && this.process.exitCode === null; i++) {
      const response = await fetch(`${this.url}/-/ready`).catch(() => undefined);
      await response?.arrayBuffer();
      if (response?.ok) {
        return;
      }
      await wait(100);
    }
    throw new Error('the Pushgateway does not start');
  }
}
