// Packs the library, checks the tarball, and installs it into the apps beside this file, in temporary
// directories. Every script of such an app whose name begins with `check:` is one test.
//
//   node test/package/run.js [--outputFile=result.json]     (KEEP=1 leaves the directories behind)
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSteps } from './steps.js';
import { unexpectedFiles } from './tarball.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const apps = ['nest11-commonjs', 'nest12-esm'];

const temp = mkdtempSync(join(tmpdir(), 'nestjs-prometheus-exporter-'));
const { step, check, counts } = createSteps();

const packed = step('npm pack', 'npm', ['pack', '--json', '--pack-destination', temp], root);
if (packed !== undefined) {
  const tarball = join(temp, JSON.parse(packed.slice(packed.search(/^[[{]/m)))[0].filename);
  const bin = join(root, 'node_modules', '.bin');

  check('the tarball holds the built code and its papers, nothing else', () => unexpectedFiles(tarball));
  step('publint', join(bin, 'publint'), ['run', tarball, '--strict', '--level', 'suggestion'], root);
  step('attw', join(bin, 'attw'), [tarball, '--no-definitely-typed', '--no-emoji', '--no-color'], root);

  for (const app of apps) {
    const directory = join(temp, app);
    cpSync(join(here, app), directory, { recursive: true });
    cpSync(join(here, 'typed'), join(directory, 'src'), { recursive: true });
    const { scripts } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const install = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', tarball];
    if (step(`${app}: npm install`, 'npm', install, directory) === undefined) continue;
    for (const script of Object.keys(scripts).filter((name) => name.startsWith('check:'))) {
      step(`${app}: ${script}`, 'npm', ['run', '--silent', script], directory);
    }
  }
}

if (process.env['KEEP']) console.log(`left in ${temp}`);
else rmSync(temp, { recursive: true, force: true });

const { passed, failed } = counts();
const outputFile = process.argv.find((argument) => argument.startsWith('--outputFile='))?.split('=')[1];
if (outputFile) {
  writeFileSync(outputFile, JSON.stringify({ numPassedTests: passed, numFailedTests: failed }));
}
console.log(`package: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
