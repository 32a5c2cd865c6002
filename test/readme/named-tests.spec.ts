import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './snippets.js';

const text = readFileSync(join(ROOT, 'docs/from-prometheus-flask-exporter.md'), 'utf8');
const rows = [...text.matchAll(/^\| `test_\S+`[^|]*\|([^|]*)\|([^|]*)\|$/gm)].map(
  ([row, file = '', test = '']) => ({
    row,
    file: file.trim().replaceAll('`', ''),
    test: test.trim(),
  }),
);

describe('the tests named for those who come from prometheus_flask_exporter', () => {
  it('are there, under these titles, or have no meaning here', () => {
    const wrong = rows.filter(({ file, test }) => {
      const path = join(ROOT, 'test/e2e', file);
      return file === ''
        ? test !== '' && !test.startsWith('no meaning: ')
        : !existsSync(path) || !readFileSync(path, 'utf8').includes(`'${test}'`);
    });

    expect(rows.length).toBeGreaterThan(50);
    expect(wrong.map(({ row }) => row)).toEqual([]);
  });
});
