import { median } from './statistics.js';

/** A number with as many digits after the point; thousands apart. */
export function fixed(figure: number, digits = 0): string {
  if (!Number.isFinite(figure)) {
    return '–';
  }
  const [whole = '', fraction] = figure.toFixed(digits).split('.');
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ' ');
  return fraction === undefined ? apart : `${apart}.${fraction}`;
}

/** The median of the rounds and, in brackets, the least and the greatest. */
export function spread(figures: readonly number[], digits = 0): string {
  if (figures.length === 0) {
    return '–';
  }
  const [least, greatest] = [Math.min(...figures), Math.max(...figures)];
  return `${fixed(median(figures), digits)} (${fixed(least, digits)} to ${fixed(greatest, digits)})`;
}
