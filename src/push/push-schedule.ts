import type { GatewayMethod } from './gateway.js';
import type { Pusher } from './pusher.js';

/** Hears once when pushes begin to fail, and once when they succeed again. */
export interface PushLog {
  warn(message: string): void;
  log(message: string): void;
}

/** What nobody asks for: the pushes of `push.interval`, and what `push.onShutdown` sends. Never rejects. */
export class PushSchedule {
  private timer: NodeJS.Timeout | undefined;
  private ended: Promise<void> | undefined;
  private isFailing = false;

  constructor(
    private readonly pusher: Pusher,
    private readonly log: PushLog,
  ) {}

  start(): void {
    const { interval } = this.pusher.options;
    if (interval !== undefined && this.ended === undefined) {
      this.timer ??= setInterval(() => this.tick(), interval);
      // A job whose work is done ends.
      this.timer.unref();
    }
  }

  /** Takes `push.timeout` at most. */
  end(): Promise<void> {
    clearInterval(this.timer);
    this.ended ??= this.finish();
    return this.ended;
  }

  private tick(): void {
    // The next one sends what this one would have.
    if (this.pusher.isIdle) {
      void this.attempt(this.method);
    }
  }

  private async finish(): Promise<void> {
    const { onShutdown, timeout } = this.pusher.options;
    const deadline = performance.now() + timeout;
    // Half of the time for what is under way leaves the other half for the last word.
    await this.pusher.settle(timeout / 2);
    if (onShutdown !== 'none') {
      const left = Math.max(1, deadline - performance.now());
      await this.attempt(onShutdown === 'delete' ? 'DELETE' : this.method, left);
    }
  }

  private get method(): GatewayMethod {
    return this.pusher.options.method === 'post' ? 'POST' : 'PUT';
  }

  private async attempt(method: GatewayMethod, timeout?: number): Promise<void> {
    try {
      await this.pusher.send(method, timeout);
      if (this.isFailing) {
        this.isFailing = false;
        this.say('log', `Pushing to ${this.pusher.options.url} works again`);
      }
    } catch (error) {
      if (!this.isFailing) {
        this.isFailing = true;
        this.say('warn', this.failure(method, error as Error));
      }
    }
  }

  private failure(method: GatewayMethod, { message }: Error): string {
    const { interval } = this.pusher.options;
    const next =
      interval !== undefined && this.ended === undefined ? `; it is tried again every ${interval} ms` : '';
    const what = method === 'DELETE' ? 'The pushed metrics were not deleted' : 'The metrics were not pushed';
    return `${what}: ${message}${next}`;
  }

  private say(level: keyof PushLog, message: string): void {
    try {
      this.log[level](message);
    } catch {
      // A logger that fails is no reason for a push or a shutdown to fail.
    }
  }
}
