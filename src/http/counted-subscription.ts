import { subscribe, unsubscribe, type ChannelListener } from 'node:diagnostics_channel';

/** One subscriber of one of Node's channels, for as long as somebody wants it: while there is one, Node publishes. */
export class CountedSubscription {
  private wanted = 0;

  constructor(
    private readonly channel: string,
    private readonly listener: ChannelListener,
  ) {}

  begin(): void {
    this.wanted += 1;
    if (this.wanted === 1) {
      subscribe(this.channel, this.listener);
    }
  }

  /** Ends what one `begin()` began. */
  end(): void {
    this.wanted -= 1;
    if (this.wanted === 0) {
      unsubscribe(this.channel, this.listener);
    }
  }
}
