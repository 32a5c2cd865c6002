// Measures in a folder of its own: below the repository, Nest would find in the repository's node_modules the packages
// that it looks for and can do without (microservices, WebSockets), and load them in every app that is measured.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const repository = fileURLToPath(new URL('..', import.meta.url));
const there = join(tmpdir(), `nestjs-prometheus-exporter-bench-${userInfo().username}`);

const npm = (...args) => execFileSync('npm', args, { cwd: there, stdio: ['ignore', 'pipe', 'inherit'] });

/** Of the last run, what it installed stays. */
function copySources() {
  mkdirSync(there, { recursive: true });
  for (const old of readdirSync(there).filter((name) => name !== 'node_modules')) {
    rmSync(join(there, old), { recursive: true });
  }
  cpSync(here, there, {
    recursive: true,
    filter: (source) => !['node_modules', 'dist'].includes(basename(source)),
  });
}

/** Puts what would be published into node_modules: a link would lead back into the repository. */
function installLibrary() {
  const target = join(there, 'node_modules', 'nestjs-prometheus-exporter');
  const packed = npm('pack', repository, '--json', '--ignore-scripts');
  const [{ filename }] = Object.values(JSON.parse(packed));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  execFileSync('tar', ['-xzf', filename, '-C', target, '--strip-components=1'], { cwd: there });
  rmSync(join(there, filename));
}

copySources();
npm('install', '--no-audit', '--no-fund');
installLibrary();
execFileSync('npm', ['run', '--silent', 'build'], { cwd: there, stdio: 'inherit' });
const before = readFileSync(join(there, 'RESULTS.md'), 'utf8');
const { status } = spawnSync(process.execPath, ['dist/main.js', ...process.argv.slice(2)], {
  cwd: there,
  stdio: 'inherit',
});
const results = readFileSync(join(there, 'RESULTS.md'), 'utf8');
if (results !== before) {
  writeFileSync(join(here, 'RESULTS.md'), results);
}
process.exitCode = status ?? 1;
