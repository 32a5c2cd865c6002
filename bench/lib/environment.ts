import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';

interface Manifest {
  version: string;
  dependencies: Record<string, string>;
}

const read = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as Manifest;

export const today = (): string => `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Where and with what it was measured, as a Markdown list. */
export function environment(): string {
  const { dependencies } = read('package.json');
  const library = read('node_modules/nestjs-prometheus-exporter/package.json').version;
  const packages = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return [
    `- ${today()}`,
    `- ${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${gigabytes} GiB, ${type()} ${release()}`,
    `- Node.js ${process.versions.node}, V8 ${process.versions.v8}`,
    `- nestjs-prometheus-exporter ${library}`,
    `- ${packages.join(', ')}`,
  ].join('\n');
}
