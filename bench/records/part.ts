import { verdict } from '../lib/bar.js';
import { measureInChild } from '../lib/child.js';
import { spread } from '../lib/format.js';
import type { Part } from '../lib/part.js';
import { alternate } from '../lib/rounds.js';
import { ratios } from '../lib/statistics.js';
import { libraries } from './libraries.js';
import { operations } from './operations.js';

const variants = operations.flatMap(({ name, bar }) =>
  libraries.map((library) => ({
    library,
    operation: name,
    ...(library === 'nestjs-prometheus-exporter' && bar && { bar }),
  })),
);

export const records: Part = {
  name: 'records',
  title: 'Records',
  about:
    'Metrics used directly. `three labels`: an object literal each time, over 100 label sets in turn; `bound`: on what `labels(...)` gave. Each library and operation runs in a process of its own, by turns.',
  effort: { rounds: 6, seconds: 0.4, smoke: false },
  async run({ rounds, seconds, smoke }) {
    const chosen = smoke ? variants.filter(({ operation }) => operation.endsWith('three labels')) : variants;
    const measured = await alternate(chosen, rounds, ({ library, operation }) =>
      measureInChild<number>(new URL('measure.js', import.meta.url), { library, operation, seconds }),
    );
    const figuresOf = (library: string, operation: string) =>
      measured.get(variants.find((v) => v.library === library && v.operation === operation) as never) ?? [];
    const rows = chosen.map(({ library, operation, bar }) => {
      const figures = figuresOf(library, operation);
      const share = ratios(figures, figuresOf('prom-client', operation));
      return [operation, library, spread(figures, 1), spread(share, 2), verdict(figures, bar)];
    });
    return [
      {
        title: 'Nanoseconds per record',
        words: 2,
        columns: ['operation', 'library', 'ns', 'of prom-client’s', 'bar'],
        rows,
      },
    ];
  },
};
