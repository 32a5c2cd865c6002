import type { RequestSeries } from './request-series.js';

/** Series found before, by a number. */
export class SeriesMemory {
  private readonly all = new Map<number, RequestSeries>();
  /** Most requests of a route end like the one before, and a look at that is far cheaper than one into a map. */
  private latest: RequestSeries | undefined = undefined;
  private latestKey = -1;

  get(key: number): RequestSeries | undefined {
    if (key !== this.latestKey) {
      this.latest = this.all.get(key);
      this.latestKey = key;
    }
    return this.latest;
  }

  set(key: number, series: RequestSeries): void {
    this.all.set(key, series);
    this.latest = series;
    this.latestKey = key;
  }
}
