import { fixed } from './format.js';
import { median } from './statistics.js';

/** What a figure is held to: `atLeast` or `atMost`. */
export type Bar = { atLeast: number; unit?: string } | { atMost: number; unit?: string };

/** Says what the bar is and whether the median meets it; nothing where there is none. */
export function verdict(figures: readonly number[], bar: Bar | undefined): string {
  if (bar === undefined || figures.length === 0) {
    return '';
  }
  const figure = median(figures);
  const unit = bar.unit === undefined ? '' : ` ${bar.unit}`;
  return 'atLeast' in bar
    ? `≥ ${digits(bar.atLeast)}${unit}: ${word(figure >= bar.atLeast)}`
    : `≤ ${digits(bar.atMost)}${unit}: ${word(figure <= bar.atMost)}`;
}

const word = (met: boolean) => (met ? 'met' : 'missed');

const digits = (figure: number) => (Number.isInteger(figure) ? fixed(figure) : String(figure));
