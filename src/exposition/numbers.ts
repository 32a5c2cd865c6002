/** A sample's value, as both formats write it. */
export function formatValue(value: number): string {
  if (value === Infinity) {
    return '+Inf';
  }
  if (value === -Infinity) {
    return '-Inf';
  }
  return String(value);
}

/**
 * A number as the value of `le` or `quantile`, which Prometheus compares as text: as Go writes floats, and
 * never without a point or an exponent (OpenMetrics 1.0, "Considerations: Canonical Numbers").
 */
export function canonicalFloat(value: number): string {
  if (!Number.isFinite(value)) {
    return formatValue(value);
  }
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}
