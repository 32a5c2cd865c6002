/** What is done when its turn comes; the signal is aborted where nobody waits for it any longer. */
export type Turn = (controller: AbortController) => Promise<void>;

interface Queued {
  readonly kind: string;
  readonly controller: AbortController;
  readonly done: Promise<void>;
  hasBegun: boolean;
}

/**
 * One push at a time. One that waits has collected nothing yet, so that it serves all who ask for the same
 * meanwhile: a slow gateway piles nothing up.
 */
export class PushQueue {
  private readonly queued: Queued[] = [];

  get isIdle(): boolean {
    return this.queued.length === 0;
  }

  add(kind: string, turn: Turn): Promise<void> {
    const last = this.queued.at(-1);
    if (last && last.kind === kind && !last.hasBegun && !last.controller.signal.aborted) {
      return last.done;
    }
    const before = last?.done ?? Promise.resolve();
    const controller = new AbortController();
    const begin = async (): Promise<void> => {
      one.hasBegun = true;
      try {
        controller.signal.throwIfAborted();
        await turn(controller);
      } finally {
        this.queued.splice(this.queued.indexOf(one), 1);
      }
    };
    const one: Queued = { kind, controller, done: before.then(begin, begin), hasBegun: false };
    this.queued.push(one);
    return one.done;
  }

  /** Waits so long for what is under way, then gives up what is left of it, with this reason. */
  async settle(milliseconds: number, reason: () => Error): Promise<void> {
    const last = this.queued.at(-1);
    if (last === undefined) {
      return;
    }
    const giveUp = (): void => this.queued.forEach(({ controller }) => controller.abort(reason()));
    const timer = setTimeout(giveUp, milliseconds);
    await last.done.catch(() => undefined);
    clearTimeout(timer);
  }
}
