import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** A process of its own in which one variant is measured; `in-child.ts` is its side. */
export class Child {
  readonly #process: ChildProcess;
  readonly #ended: Promise<never>;

  /** `before`: a command that Node's is put behind. */
  constructor(
    script: URL,
    settings: object,
    nodeOptions: readonly string[] = [],
    before: readonly string[] = [],
  ) {
    const [execPath = process.execPath, ...execArgv] = [...before, process.execPath, ...nodeOptions];
    this.#process = fork(script, [JSON.stringify(settings)], {
      execPath,
      execArgv,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    running.add(this.#process);
    this.#ended = once(this.#process, 'exit').then(([code, signal]) => {
      running.delete(this.#process);
      throw new Error(`${script.pathname} ${JSON.stringify(settings)} ended with ${code ?? signal}`);
    });
    this.#ended.catch(() => {});
  }

  /** The next thing the child says. */
  async next<Answer>(): Promise<Answer> {
    const [answer] = await Promise.race([once(this.#process, 'message'), this.#ended]);
    return answer as Answer;
  }

  async ask<Answer>(question: string): Promise<Answer> {
    const answer = this.next<Answer>();
    this.#process.send(question);
    return answer;
  }

  /** Holds it still, with all of its threads. */
  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended.catch(() => {});
  }
}

/** What a script measures that ends with its first answer. */
export async function measureInChild<Answer>(
  script: URL,
  settings: object,
  nodeOptions?: readonly string[],
): Promise<Answer> {
  const child = new Child(script, settings, nodeOptions);
  try {
    return await child.next<Answer>();
  } finally {
    await child.stop();
  }
}
