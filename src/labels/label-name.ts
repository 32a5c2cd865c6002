const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Prometheus's data model: letters, digits and `_`, not first a digit. */
export function isLabelName(name: string): boolean {
  return LABEL_NAME.test(name);
}

/**
 * Why a label can't have this name, or `undefined` where it can. `le` and `quantile` are those of
 * histograms and summaries, names that begin with `__` those of Prometheus itself
 * (https://prometheus.io/docs/concepts/data_model/).
 */
export function labelNameFault(name: string): string | undefined {
  if (!isLabelName(name)) {
    return `"${name}" is no valid label name`;
  }
  if (name === 'le' || name === 'quantile' || name.startsWith('__')) {
    return `the label name "${name}" is reserved`;
  }
  return undefined;
}
