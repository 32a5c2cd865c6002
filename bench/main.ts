import { writeFileSync } from 'node:fs';
import { calls } from './calls/part.js';
import { http } from './http/part.js';
import { environment } from './lib/environment.js';
import { readOptions } from './lib/options.js';
import { markdown } from './lib/table.js';
import { records } from './records/part.js';
import { scrapes } from './scrapes/part.js';
import { start } from './start/part.js';

const RESULTS = new URL('../RESULTS.md', import.meta.url);
const { parts, effortOf, write } = readOptions([http, calls, records, scrapes, start]);

const sections: string[] = [];
show(
  '# Measured',
  'Written by `npm run bench`. Figures are medians of the rounds, with the least and the greatest.',
  environment(),
);
for (const part of parts) {
  const effort = effortOf(part);
  const times = `${effort.rounds} rounds, the first thrown away.`;
  show(`## ${part.title}`, `${part.about} ${times}`);
  show(...(await part.run(effort)).map(markdown));
}
if (write) {
  writeFileSync(RESULTS, `${sections.join('\n\n')}\n`);
}

function show(...texts: string[]): void {
  sections.push(...texts);
  console.log(`${texts.join('\n\n')}\n`);
}
