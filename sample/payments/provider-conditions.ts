import { Injectable } from '@nestjs/common';

/** How the payment provider is today. A test puts in its own. */
@Injectable()
export class ProviderConditions {
  /** Milliseconds until it answers: mostly fast, now and then very slow. */
  delay(): number {
    return Math.random() < 0.05 ? 1200 : 20 + Math.random() * 180;
  }

  isDown(): boolean {
    return Math.random() < 0.03;
  }
}
