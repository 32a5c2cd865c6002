const THOUSAND = 1000;
const ALL_BELOW = Array.from({ length: THOUSAND }, (_, i) => String(i));
const ALL_PADDED = ALL_BELOW.map((digits) => digits.padStart(3, '0'));

/**
 * A sample's value, as both formats write it: the text that `String` gives, infinities apart. Not by `String`, which
 * remembers the texts of thousands of numbers: that costs more than to make them, and again when garbage is collected.
 */
export function formatValue(value: number): string {
  if (value >= 0 && value === (value | 0)) {
    return formatNatural(value);
  }
  if (Number.isFinite(value)) {
    return JSON.stringify(value);
  }
  if (value > 0) {
    return '+Inf';
  }
  return value < 0 ? '-Inf' : 'NaN';
}

function formatNatural(value: number): string {
  if (value < THOUSAND) {
    return ALL_BELOW[value] as string;
  }
  const thousands = (value / THOUSAND) | 0;
  return formatNatural(thousands) + (ALL_PADDED[value - thousands * THOUSAND] as string);
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
