import { platforms, type Platform } from '../http/platform.js';
import { verdict } from '../lib/bar.js';
import { measureInChild } from '../lib/child.js';
import { spread } from '../lib/format.js';
import type { Part } from '../lib/part.js';
import { alternate } from '../lib/rounds.js';
import { differences } from '../lib/statistics.js';
import { CONTROLLERS, HANDLERS } from './controllers.js';
import type { Started } from './start-app.js';

/** What else the machine does only ever makes a start take longer, and often by more than the module does. */
const STARTS = 3;
const BAR = { atMost: 60, unit: 'ms' };

interface Variant {
  platform: Platform;
  withModule: boolean;
}

const pairs = platforms.map((platform): [Variant, Variant] => [
  { platform, withModule: false },
  { platform, withModule: true },
]);

export const start: Part = {
  name: 'start',
  title: 'Start',
  about: `A Nest app of ${CONTROLLERS} controllers with ${HANDLERS} handlers each, with the module and without, each in a process of its own, by turns: milliseconds from the start of the process until the app listens, and of these from \`NestFactory.create\`, so without the loading of packages. Of ${STARTS} starts in a row the fastest counts.`,
  effort: { rounds: 40, seconds: 0, smoke: false },
  async run({ rounds }) {
    const results = await alternate(pairs.flat(), rounds, fastest);
    const rows = pairs.flatMap(([without, withModule]) =>
      (['sinceStart', 'inNest'] as const).map((phase) => {
        const figures = (variant: Variant) => (results.get(variant) ?? []).map((result) => result[phase]);
        const added = differences(figures(withModule), figures(without));
        return [
          without.platform === 'express' ? 'Express' : 'Fastify',
          phase === 'sinceStart' ? 'since the process began' : 'since NestFactory.create',
          spread(figures(without)),
          spread(figures(withModule)),
          spread(added),
          verdict(added, phase === 'sinceStart' ? BAR : undefined),
        ];
      }),
    );
    return [
      {
        title: 'Milliseconds until the app listens',
        words: 2,
        columns: ['platform', 'counted', 'without', 'with', 'added', 'bar'],
        rows,
      },
    ];
  },
};

/** A file each, since an app's packages are imported by its files, and not while it runs. */
async function fastest({ platform, withModule }: Variant): Promise<Started> {
  const script = new URL(`apps/${platform}${withModule ? '-with-module' : ''}.js`, import.meta.url);
  const starts: Started[] = [];
  for (let i = 0; i < STARTS; i++) {
    starts.push(await measureInChild<Started>(script, {}));
  }
  return starts.reduce((best, one) => (one.sinceStart < best.sinceStart ? one : best));
}
