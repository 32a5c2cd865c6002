// Holds the documents to what is run: each npm command in them must be a script of this package, and one that
// .ci/run runs, but for the few named here.
import { readdirSync, readFileSync } from 'node:fs';

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const { name, peerDependencies, scripts } = JSON.parse(read('package.json'));
const steps = [...read('.ci/run').matchAll(/^step '(npm [^']+)'/gm)].map(([, step]) => step);

/** `bench` takes too long for every change, and `format` changes files. */
const notInCi = ['npm run bench', 'npm run format'];
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(new URL('../docs', import.meta.url)).map((file) => `docs/${file}`),
];

const problems = [];
let count = 0;
for (const path of documents) {
  for (const command of commandsIn(read(path))) {
    count += 1;
    const problem = judge(command);
    if (problem !== undefined) problems.push(`${path}: ${command}: ${problem}`);
  }
}
if (count === 0) problems.push('no npm command found');
for (const problem of problems) console.error(problem);
console.log(`${count} npm commands in ${documents.length} documents, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Lines of shell blocks, and what stands between backticks. */
function commandsIn(text) {
  const blocks = [...text.matchAll(/^```(?:sh|bash|shell|console)\n([^]*?)^```/gm)].map(([, block]) => block);
  const inline = [...text.replace(/^```[^]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
  return [...blocks, ...inline]
    .flatMap((code) => code.split(/\n|&&|;/))
    .map((line) => line.replace(/^\s*\$ |\s#.*$/g, '').trim())
    .map((line) => line.replace(/^([A-Z_]+=\S+ )+/, ''))
    .filter((line) => /^npm \w/.test(line));
}

function judge(command) {
  const [, verb, ...rest] = command.split(/\s+/);
  if (/^(install|i|add)$/.test(verb)) {
    const known = [name, ...Object.keys(peerDependencies)];
    const strangers = rest.filter((word) => !known.includes(word) && !word.startsWith('@nestjs/platform-'));
    return strangers.length === 0 && rest.includes(name) ? undefined : 'installs other packages';
  }
  const script = verb === 'run' ? rest[0] : verb;
  if (verb !== 'ci' && !(script in scripts)) return 'no such script';
  const short = verb === 'run' ? `npm run ${script}` : `npm ${verb}`;
  if (notInCi.includes(short) || steps.some((step) => step.split(', ').includes(short))) return undefined;
  return 'not run by .ci/run';
}
