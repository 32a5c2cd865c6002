/**
 * What is to be recorded when a call ends, where all label values are known beforehand; the next one hangs
 * on it, since V8 walks a chain faster than several short arrays.
 */
export interface BoundRecord {
  readonly next: BoundRecord | undefined;
  record(seconds: number): void;
}

export class CountRecord implements BoundRecord {
  constructor(
    private readonly series: { add(delta: number): void },
    readonly next: BoundRecord | undefined,
  ) {}

  record(): void {
    this.series.add(1);
  }
}

export class TimeRecord implements BoundRecord {
  constructor(
    private readonly series: { observe(seconds: number): void },
    readonly next: BoundRecord | undefined,
  ) {}

  record(seconds: number): void {
    this.series.observe(seconds);
  }
}
