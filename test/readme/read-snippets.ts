/** One `ts` block of the README, and what is written around it. */
export interface Snippet {
  /** Where the block begins in the README. */
  line: number;
  code: string;
  /** From the comments before the block: what to ask its app, such as `<!-- GET /cats -->`. */
  requests: readonly { method: string; path: string }[];
  /** From a comment such as `<!-- scrape 401 -->`; 200 otherwise. */
  scrapeStatus: number;
  /** From comments such as `<!-- absent x_total{ -->`: what no line of its scrape begins with. */
  absent: readonly string[];
  /** The `text` block after it: lines that its scrape then has. */
  samples: readonly string[];
}

export function readSnippets(markdown: string): Snippet[] {
  const blocks = [...markdown.matchAll(/((?:^<!-- .* -->\n+)*)^```(ts|text)\n([^]*?)^```$/gm)];
  const snippets: Snippet[] = [];
  for (const { 1: comments = '', 2: language, 3: code = '', index } of blocks) {
    if (language === 'ts') {
      snippets.push({
        line: markdown.slice(0, index + comments.length).split('\n').length,
        code,
        requests: [...comments.matchAll(/<!-- ([A-Z]+) (\S+) -->/g)].map(([, method = '', path = '']) => ({
          method,
          path,
        })),
        scrapeStatus: Number(/<!-- scrape (\d+) -->/.exec(comments)?.[1] ?? 200),
        absent: [...comments.matchAll(/<!-- absent (\S+) -->/g)].map(([, start = '']) => start),
        samples: [],
      });
      continue;
    }
    const last = snippets.at(-1);
    if (!last) {
      throw new Error('README.md: a text block stands before any ts block');
    }
    last.samples = code.trimEnd().split('\n');
  }
  return snippets;
}
