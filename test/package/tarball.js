import { execFileSync } from 'node:child_process';

const expected = [
  /^package\/(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^package\/dist\/(esm|cjs)\/([\w.-]+\/)*[\w.-]+\.(js|d\.ts)$/,
  /^package\/dist\/(esm|cjs)\/prom-client(-files)?\.cjs$/,
  /^package\/docs\/[\w-]+\.md$/,
  /^package\/dist\/cjs\/package\.json$/,
];
const required = [
  'package/README.md',
  'package/LICENSE',
  'package/CHANGELOG.md',
  'package/dist/esm/index.js',
  'package/dist/esm/index.d.ts',
  'package/dist/cjs/index.js',
  'package/dist/cjs/index.d.ts',
  'package/dist/esm/cluster/index.js',
  'package/dist/esm/cluster/index.d.ts',
  'package/dist/cjs/cluster/index.js',
  'package/dist/esm/prom-client.cjs',
  'package/dist/esm/prom-client-files.cjs',
  'package/dist/cjs/prom-client.cjs',
  'package/dist/cjs/prom-client-files.cjs',
  'package/dist/cjs/cluster/index.d.ts',
];

/** What is in the tarball and should not be, and what should be and is not. */
export function unexpectedFiles(tarball) {
  const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
  const strange = files.filter((file) => !expected.some((pattern) => pattern.test(file)));
  const missing = required.filter((file) => !files.includes(file));
  return [...strange.map((file) => `unexpected: ${file}`), ...missing.map((file) => `missing: ${file}`)];
}
