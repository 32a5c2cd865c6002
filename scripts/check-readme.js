// Holds the README to what is run: each npm command in its shell blocks must be a script of this package,
// and one that .ci/run runs, but for the few named here.
import { readFileSync } from 'node:fs';

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const { name, peerDependencies, scripts } = JSON.parse(read('package.json'));
const ci = read('.ci/run');

/** Too long for every change; `format` changes files. */
const notInCi = ['bench', 'format'];

const blocks = [...read('README.md').matchAll(/^```(?:sh|bash|shell|console)\n([^]*?)^```/gm)];
const commands = blocks
  .flatMap(([, block]) => block.split(/\n|&&|;/))
  .map((line) => line.replace(/^\s*\$ |\s#.*$/g, '').trim())
  .filter((line) => /^(npm|npx) /.test(line));

const problems = commands.flatMap((command) => {
  const [, verb, ...rest] = command.split(/\s+/);
  if (/^(install|i|add)$/.test(verb)) {
    const known = [name, ...Object.keys(peerDependencies)];
    return rest.includes(name) &&
      !rest.some((word) => !known.includes(word) && !word.startsWith('@nestjs/platform-'))
      ? []
      : [`${command}: installs something else than this package and its peers`];
  }
  if (verb === 'ci') return ci.includes('npm ci') ? [] : [`${command}: not run by .ci/run`];
  const script = verb === 'run' ? rest[0] : verb;
  if (!(script in scripts)) return [`${command}: no such script`];
  const spelled = verb === 'run' ? `npm run ${script}` : `npm ${script}`;
  const run = notInCi.includes(script) || new RegExp(`'${spelled}'`).test(ci);
  return run ? [] : [`${command}: not run by .ci/run`];
});

if (commands.length === 0) problems.push('README.md: no npm command found');
for (const problem of problems) console.error(problem);
console.log(`${commands.length} commands in README.md, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
