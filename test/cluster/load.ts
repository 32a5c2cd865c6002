import { get } from 'node:http';

export interface Answered {
  readonly worker: number;
  readonly at: number;
}

/** Asks a cluster for `/hello` from a few clients at once, and notes who answered when. */
export class Load {
  readonly answered: Answered[] = [];
  #isOver = false;
  readonly #clients: Promise<void>[];

  constructor(port: number, clients: number) {
    this.#clients = Array.from({ length: clients }, () => this.#run(port));
  }

  async end(): Promise<number> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return this.answered.length;
  }

  async #run(port: number): Promise<void> {
    while (!this.#isOver) {
      const worker = await ask(port).catch(() => undefined);
      if (worker !== undefined) {
        this.answered.push({ worker, at: performance.now() });
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function ask(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/hello', agent: false, timeout: 5000 };
    const request = get(options, (response) => {
      response.on('end', () =>
        resolve(response.statusCode === 200 ? Number(response.headers['x-worker']) : undefined),
      );
      response.on('error', reject).resume();
    });
    request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', reject);
  });
}
