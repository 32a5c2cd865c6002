import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { calls } from './calls/part.js';
import { http } from './http/part.js';
import { environment, today } from './lib/environment.js';
import { readOptions } from './lib/options.js';
import { withSections } from './lib/results.js';
import { markdown } from './lib/table.js';
import { records } from './records/part.js';
import { scrapes } from './scrapes/part.js';
import { start } from './start/part.js';

const RESULTS = new URL('../RESULTS.md', import.meta.url);
const all = [http, calls, records, scrapes, start];
const { parts, effortOf, write } = readOptions(all);
const isWhole = parts.length === all.length;

const head = [
  '# Measured',
  'Written by `npm run bench`. Figures are medians of the rounds, with the least and the greatest.',
  environment(),
].join('\n\n');
console.log(`${head}\n`);
const sections: string[] = [];
for (const part of parts) {
  const effort = effortOf(part);
  const times = `${effort.rounds} rounds, the first thrown away.`;
  const when = isWhole ? '' : ` Measured by itself, ${today()}.`;
  const tables = (await part.run(effort)).map(markdown);
  sections.push([`## ${part.title}`, `${part.about} ${times}${when}`, ...tables].join('\n\n'));
  console.log(`${sections.at(-1)}\n`);
}
if (write) {
  const earlier = !isWhole && existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : head;
  writeFileSync(RESULTS, withSections(earlier, sections));
}
