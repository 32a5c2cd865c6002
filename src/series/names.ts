const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether Prometheus takes it for a metric's name (https://prometheus.io/docs/concepts/data_model/). */
export const isMetricName = (name: unknown): name is string =>
  typeof name === 'string' && METRIC_NAME.test(name);

/** Whether Prometheus takes it for a label's name; what begins with `__` is kept for Prometheus itself. */
export const isLabelName = (name: unknown): name is string =>
  typeof name === 'string' && LABEL_NAME.test(name) && !name.startsWith('__');

/** Throws unless the name can be a metric's. */
export function checkMetricName(name: unknown): asserts name is string {
  if (!isMetricName(name)) {
    throw new TypeError(`Metric name ${quote(name)} must match ${METRIC_NAME.source}`);
  }
}

/**
 * Throws, naming the metric and the label, unless all can be label names of one metric.
 * `reserved` is a label that the metric's type writes itself: `le` or `quantile`.
 */
export function checkLabelNames(metric: string, names: unknown, reserved?: string): void {
  if (!Array.isArray(names)) {
    throw new TypeError(`Metric "${metric}": labelNames must be an array of strings`);
  }
  const seen = new Set<unknown>();
  for (const name of names as unknown[]) {
    if (!isLabelName(name)) {
      throw new TypeError(
        `Metric "${metric}": label name ${quote(name)} must match ${LABEL_NAME.source} and not begin with "__"`,
      );
    }
    if (name === reserved) {
      throw new TypeError(`Metric "${metric}": label name "${name}" is reserved on this type of metric`);
    }
    if (seen.has(name)) {
      throw new TypeError(`Metric "${metric}": label name "${name}" is given twice`);
    }
    seen.add(name);
  }
}

const quote = (name: unknown): string =>
  typeof name === 'string' ? JSON.stringify(name) : `(${typeof name})`;
