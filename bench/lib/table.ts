/** A table of a part's results. All columns but the first `words` hold figures, and stand to the right. */
export interface Table {
  title: string;
  words: number;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  note?: string;
}

/** Markdown that reads well on a terminal too: the cells of a column are equally wide. */
export function markdown({ title, words, columns, rows, note }: Table): string {
  const widths = columns.map((column, i) =>
    Math.max(3, ...[column, ...rows.map((row) => row[i] ?? '')].map((cell) => cell.length)),
  );
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const pad = (cells: readonly string[]) =>
    line(
      widths.map((width, i) =>
        i < words ? (cells[i] ?? '').padEnd(width) : (cells[i] ?? '').padStart(width),
      ),
    );
  const rule = line(widths.map((width, i) => (i < words ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)));
  const parts = [`### ${title}`, [pad(columns), rule, ...rows.map(pad)].join('\n')];
  return [...parts, ...(note === undefined ? [] : [note])].join('\n\n');
}
