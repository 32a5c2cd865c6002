import type { RequestSeries } from './request-series.js';

/** Series found before, by a number. */
export class SeriesMemory {
  /** Made where there is more than one: an app may have thousands of routes. */
  private all: Map<number, RequestSeries> | undefined = undefined;
  /** Most requests of a route end like the one before, and a look at that is far cheaper than one into a map. */
  private latest: RequestSeries | undefined = undefined;
  private latestKey = -1;

  get(key: number): RequestSeries | undefined {
    return key === this.latestKey ? this.latest : this.find(key);
  }

  private find(key: number): RequestSeries | undefined {
    const series = this.all?.get(key);
    if (series !== undefined) {
      this.latest = series;
      this.latestKey = key;
    }
    return series;
  }

  set(key: number, series: RequestSeries): void {
    if (this.latest !== undefined) {
      this.all ??= new Map([[this.latestKey, this.latest]]);
      this.all.set(key, series);
    }
    this.latest = series;
    this.latestKey = key;
  }
}
