import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Said {
  event: string;
  id: number;
  port: number;
  /** Of a worker that has exited. */
  code: number | null;
  /** Longest block in milliseconds; both memories in bytes, after a collection. */
  block: number;
  heap: number;
  rss: number;
  bytes: number;
  body: string;
}

const END_MS = 5000;
/** Longer than anything takes; a test that waits for what never comes says so before its own time is over. */
const SILENCE_MS = 50_000;

/** A primary in a process of its own, and what it says. */
export class Primary {
  static readonly #running = new Set<Primary>();
  readonly #said: Said[] = [];
  readonly #waiting = new Set<() => void>();
  port = 0;

  private constructor(private readonly process: ChildProcess) {
    Primary.#running.add(this);
    process.on('message', (message) => {
      this.#said.push(message as Said);
      this.#wake();
    });
    process.once('exit', () => this.#wake());
  }

  static async start(fixture: string, args: readonly string[]): Promise<Primary> {
    const env: NodeJS.ProcessEnv = { ...process.env };
    delete env['NODE_OPTIONS'];
    const primary = new Primary(fork(fixture, args, { execArgv: ['--expose-gc'], env, silent: false }));
    primary.port = (await primary.hears('ready')).port;
    return primary;
  }

  /** Ends all that were started, and their workers: also those whose test did not come so far. */
  static async endAll(): Promise<void> {
    await Promise.all([...Primary.#running].map((one) => one.end()));
  }

  /** The next message of this kind, of this worker. Rejects where the primary has ended, or tells of none for long. */
  async hears(event: string, id?: number): Promise<Said> {
    const until = performance.now() + SILENCE_MS;
    for (;;) {
      const index = this.#said.findIndex((one) => one.event === event && (id === undefined || one.id === id));
      if (index >= 0) {
        return this.#said.splice(index, 1)[0] as Said;
      }
      if (!this.#isRunning) {
        throw new Error(`The primary ended, and never told of "${event}"`);
      }
      if (performance.now() >= until) {
        throw new Error(`The primary never told of "${event}"${id === undefined ? '' : ` of worker ${id}`}`);
      }
      await this.#somethingSaid(until - performance.now());
    }
  }

  do(what: string, id = 0): void {
    this.process.send({ do: what, id });
  }

  /** Makes a worker do something it may not come back from. */
  order(id: number, what: object): void {
    this.process.send({ do: 'tell', id, what });
  }

  /** Makes a worker do something, and waits until it has. */
  async tell(id: number, what: object): Promise<void> {
    this.order(id, what);
    await this.hears('done', id);
  }

  /** Of the time since `watch`. */
  async measure(): Promise<Said> {
    this.do('measure');
    return this.hears('measured');
  }

  async fork(): Promise<Said> {
    this.do('fork');
    return this.hears('listening');
  }

  /** A worker with an app that is ready, and does not listen; its id. */
  async forkSpare(): Promise<number> {
    this.do('spare');
    return (await this.hears('spare')).id;
  }

  /** Makes a spare worker listen. */
  async activate(id: number): Promise<Said> {
    this.order(id, { listen: true });
    return this.hears('listening', id);
  }

  async scrape(accept = 'text/plain', port = this.port): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } });
    if (response.status !== 200) {
      throw new Error(`A scrape got ${response.status}`);
    }
    return response.text();
  }

  /** A primary without its parent kills its workers and goes. */
  async end(): Promise<void> {
    if (this.#isRunning) {
      const exited = once(this.process, 'exit');
      const killing = setTimeout(() => this.process.kill('SIGKILL'), END_MS);
      if (this.process.connected) {
        this.process.disconnect();
      }
      await exited;
      clearTimeout(killing);
    }
    Primary.#running.delete(this);
  }

  get #isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  #somethingSaid(within: number): Promise<void> {
    return new Promise((resolve) => {
      const giveUp = setTimeout(resolve, within);
      this.#waiting.add(() => {
        clearTimeout(giveUp);
        resolve();
      });
    });
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    waiting.forEach((wake) => wake());
  }
}

/** The value of a sample by its line's beginning; `undefined` where there is none. */
export function valueOf(text: string, sample: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}
