// Puts what would be published into node_modules: a link would find Nest and prom-client a second time, in
// the node_modules of the repository.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const repository = fileURLToPath(new URL('..', import.meta.url));
const target = fileURLToPath(new URL('node_modules/nestjs-prometheus-exporter', import.meta.url));

const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', here], {
  cwd: repository,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const [{ filename }] = Object.values(JSON.parse(packed));
rmSync(target, { recursive: true, force: true });
mkdirSync(target);
execFileSync('tar', ['-xzf', filename, '-C', target, '--strip-components=1'], { cwd: here });
rmSync(new URL(filename, import.meta.url));
