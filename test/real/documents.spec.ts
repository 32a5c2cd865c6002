import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ROOT, documents } from '../readme/snippets.js';

const directory = mkdtempSync(join(tmpdir(), 'documents-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const configurations = documents().flatMap((document) =>
  [...readFileSync(join(ROOT, document), 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml = '']) => ({
    document,
    yaml,
  })),
);

describe('the documents', () => {
  it.each(configurations)('have configurations that Prometheus takes: $document', ({ yaml }) => {
    const file = join(directory, 'prometheus.yml');
    writeFileSync(file, yaml);
    // The files that a configuration names are on another machine.
    const { status, stderr, error } = spawnSync('promtool', ['check', 'config', '--syntax-only', file], {
      encoding: 'utf8',
    });
    expect({ status, stderr, error }).toEqual({ status: 0, stderr: '', error: undefined });
  });
});
