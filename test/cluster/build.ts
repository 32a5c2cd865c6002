import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from '@swc/core';

const root = process.cwd();

/** Other processes run plain Node: the sources and fixtures, compiled to a package they can import. */
export function build(
  name: string,
  fixtures = 'test/cluster/fixtures',
): { fixture(file: string): string; remove(): void } {
  const directory = join(root, 'node_modules', '.cache', 'cluster-tests', `${name}-${process.pid}`);
  const manifest = {
    name: 'nestjs-prometheus-exporter',
    type: 'module',
    exports: { '.': './src/index.js', './cluster': './src/cluster/index.js' },
  };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  for (const from of ['src', fixtures]) {
    for (const file of readdirSync(join(root, from), { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.ts')) {
        write(join(root, from, file), join(directory, from, file.replace(/\.ts$/, '.js')));
      }
    }
  }
  return {
    fixture: (file) => join(directory, fixtures, file),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function write(from: string, to: string): void {
  const { code } = transformSync(readFileSync(from, 'utf8'), {
    filename: from,
    swcrc: false,
    configFile: false,
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
  });
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, code);
}
