import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Said {
  event: string;
  id: number;
  port: number;
  /** Longest block in milliseconds. */
  block: number;
  heap: number;
  bytes: number;
}

/** A primary in a process of its own, and what it says. */
export class Primary {
  readonly #said: Said[] = [];
  readonly #waiting = new Set<() => void>();
  port = 0;

  private constructor(private readonly process: ChildProcess) {
    process.on('message', (message) => {
      this.#said.push(message as Said);
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      waiting.forEach((wake) => wake());
    });
  }

  static async start(fixture: string, args: readonly string[]): Promise<Primary> {
    const env: NodeJS.ProcessEnv = { ...process.env };
    delete env['NODE_OPTIONS'];
    const primary = new Primary(fork(fixture, args, { execArgv: ['--expose-gc'], env, silent: false }));
    primary.port = (await primary.hears('ready')).port;
    return primary;
  }

  /** The next message of this kind, of this worker. */
  async hears(event: string, id?: number): Promise<Said> {
    for (;;) {
      const index = this.#said.findIndex((one) => one.event === event && (id === undefined || one.id === id));
      if (index >= 0) {
        return this.#said.splice(index, 1)[0] as Said;
      }
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  do(what: string, id = 0): void {
    this.process.send({ do: what, id });
  }

  /** Makes a worker do something, and waits until it has. */
  async tell(id: number, what: object): Promise<void> {
    this.process.send({ do: 'tell', id, what });
    await this.hears('done', id);
  }

  async measure(): Promise<Said> {
    this.do('measure');
    return this.hears('measured');
  }

  async fork(): Promise<Said> {
    this.do('fork');
    return this.hears('listening');
  }

  async scrape(accept = 'text/plain', port = this.port): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } });
    if (response.status !== 200) {
      throw new Error(`A scrape got ${response.status}`);
    }
    return response.text();
  }

  async end(): Promise<void> {
    if (this.process.exitCode === null && this.process.connected) {
      this.process.disconnect();
      await once(this.process, 'exit');
    }
  }
}

/** The value of a sample by its line's beginning; `undefined` where there is none. */
export function valueOf(text: string, sample: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}
