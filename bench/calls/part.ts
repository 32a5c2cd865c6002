import { verdict, type Bar } from '../lib/bar.js';
import { measureInChild } from '../lib/child.js';
import { spread } from '../lib/format.js';
import type { Part } from '../lib/part.js';
import { alternate } from '../lib/rounds.js';
import { differences } from '../lib/statistics.js';
import type { Table } from '../lib/table.js';
import { groups, type CallVariant, type Decorator } from './variants.js';

/** Nanoseconds that a decorator may add to a synchronous call. */
const bars: Record<Decorator, Bar | undefined> = {
  none: undefined,
  clock: undefined,
  Counted: { atMost: 30, unit: 'ns' },
  Gauged: { atMost: 45, unit: 'ns' },
  Timed: { atMost: 150, unit: 'ns' },
};

export const calls: Part = {
  name: 'calls',
  title: 'Calls of decorated methods',
  about:
    'A provider’s method of about a nanosecond, called over and over, decorated and bare. Each variant runs in a process of its own, by turns; what a decorator adds is compared with the bare variant of the same round. `20 mixed`: twenty classes with such a method each, called one after the other, so that V8 can’t fit the shared code to one of them.',
  effort: { rounds: 6, seconds: 0.25, smoke: false },
  async run({ rounds, seconds, smoke }) {
    const chosen = smoke ? groups.slice(0, 1) : groups;
    const measured = await alternate(chosen.flat(), rounds, (variant) =>
      measureInChild<number>(new URL('measure.js', import.meta.url), { ...variant, seconds }),
    );
    return chosen.map((group) => table(group, (variant) => measured.get(variant) ?? []));
  },
};

function table(group: readonly CallVariant[], figuresOf: (variant: CallVariant) => number[]): Table {
  const [bare] = group as [CallVariant];
  const rows = group.map((variant) => {
    const figures = figuresOf(variant);
    if (variant === bare) {
      return ['none', '', spread(figures, 1), '', ''];
    }
    const added = differences(figures, figuresOf(bare));
    const bar = bare.isAsync ? undefined : bars[variant.decorator];
    return [
      variant.decorator === 'clock' ? 'two clock readings' : `@${variant.decorator}`,
      variant.decorator === 'clock' ? '' : variant.labels,
      spread(figures, 1),
      spread(added, 1),
      verdict(added, bar),
    ];
  });
  return {
    title: `${bare.isAsync ? 'Async' : 'Sync'} methods, ${bare.methods === 1 ? 'one' : `${bare.methods} mixed`}`,
    words: 2,
    columns: ['decorator', 'labels', 'ns per call', 'ns added', 'bar'],
    rows,
  };
}
