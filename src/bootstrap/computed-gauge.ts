import type { MetricContext } from '../labels/metric-context.js';
import type { BoundSeries } from '../series/bound-series.js';
import type { Instrument } from './instrument.js';
import { RecentLabels } from './recent-labels.js';

/** Moves a gauge some of whose labels are computed with the calls of one method. */
export class ComputedGauge {
  private readonly labels: RecentLabels<BoundSeries>;

  constructor(private readonly instrument: Instrument) {
    this.labels = new RecentLabels(instrument.sources(true));
  }

  /** Of a call that begins: the series, which is one more now. */
  move(context: MetricContext): BoundSeries {
    const labels = this.labels.of(context);
    labels.bound ??= this.instrument.metric.bind(labels.values);
    labels.bound.add(1);
    return labels.bound;
  }
}
