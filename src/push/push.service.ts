import { Injectable } from '@nestjs/common';
import type { GatewayMethod } from './gateway.js';
import type { Pusher } from './pusher.js';

/**
 * Pushes to the Pushgateway of the module's option `push`, when the app wants it. What is pushed is what a
 * scrape in the text format gives, without timestamps, since the gateway refuses these.
 *
 * There is one request at a time. All methods reject with a `PushError` where the gateway refuses, does not
 * answer within `push.timeout` or can't be reached, and with an `Error` where there is no option `push`.
 */
@Injectable()
export class PushService {
  constructor(private readonly pusher: Pusher | undefined) {}

  /** Replaces all metrics of the group (PUT). */
  async push(): Promise<void> {
    await this.send('PUT');
  }

  /** Replaces the metrics of the same names, and leaves the group's others (POST). */
  async pushAdd(): Promise<void> {
    await this.send('POST');
  }

  /** Deletes all metrics of the group (DELETE). */
  async delete(): Promise<void> {
    await this.send('DELETE');
  }

  private send(method: GatewayMethod): Promise<void> {
    if (!this.pusher) {
      throw new Error('PushService: MetricsModule has no option "push", which says where to push to');
    }
    return this.pusher.send(method);
  }
}
