export interface ParsedSample {
  name: string;
  labels: Record<string, string>;
  value: number;
  exemplar?: { labels: Record<string, string>; value: number };
}
export interface ParsedFamily {
  name: string;
  type: string;
  help: string;
  samples: ParsedSample[];
}

/**
 * Reads an exposition as a strict scraper does: text 0.0.4 or OpenMetrics 1.0.
 * Throws on a wrong escape, a sample out of its family, a series or a family that comes twice, and in
 * OpenMetrics where the end is missing.
 */
export function parseExposition(text: string, format: 'text' | 'openmetrics' = 'text'): ParsedFamily[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') {
    throw new Error('the last line has no end');
  }
  if (format === 'openmetrics' && lines.pop() !== '# EOF') {
    throw new Error('# EOF is missing');
  }
  const families: ParsedFamily[] = [];
  const series = new Set<string>();
  for (const line of lines) {
    const head = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/s.exec(line);
    if (head) {
      readHead(families, head);
      continue;
    }
    if (line.startsWith('#') || line === '') {
      throw new Error(`not a line of an exposition: ${line}`);
    }
    const family = families.at(-1);
    const sample = new Line(line).sample();
    if (!family || !belongs(sample.name, family, format)) {
      throw new Error(`${sample.name} is out of its family`);
    }
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (series.has(key)) {
      throw new Error(`twice: ${line}`);
    }
    series.add(key);
    family.samples.push(sample);
  }
  return families;
}

/** The value of the one sample with this name and these labels, or `undefined`. */
export function sampleValue(
  families: readonly ParsedFamily[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const found = families
    .flatMap(({ samples }) => samples)
    .filter(
      (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    );
  if (found.length > 1) {
    throw new Error(`${found.length} samples of ${name} have these labels`);
  }
  return found[0]?.value;
}

function readHead(families: ParsedFamily[], [, what, name = '', rest = '']: RegExpExecArray): void {
  const last = families.at(-1);
  if (what === 'HELP') {
    if (families.some((family) => family.name === name)) {
      throw new Error(`the family ${name} comes twice`);
    }
    families.push({ name, type: '', help: unescape(rest, /\\(.)/g), samples: [] });
  } else if (last?.name === name && last.type === '' && last.samples.length === 0) {
    last.type = rest;
  } else {
    throw new Error(`TYPE of ${name} is out of its place`);
  }
}

const SUFFIXES: Record<string, readonly string[]> = {
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['', '_sum', '_count', '_created'],
  gauge: [''],
  unknown: [''],
};

function belongs(sample: string, { name, type }: ParsedFamily, format: string): boolean {
  const suffixes = format === 'text' && type === 'counter' ? [''] : SUFFIXES[type];
  if (!suffixes) {
    throw new Error(`unknown type ${type}`);
  }
  return suffixes.some((suffix) => sample === name + suffix);
}

function unescape(text: string, pattern: RegExp): string {
  return text.replace(pattern, (_all, char: string) => {
    const plain = { n: '\n', '\\': '\\', '"': '"' }[char];
    if (plain === undefined) {
      throw new Error(`no such escape: \\${char}`);
    }
    return plain;
  });
}

class Line {
  private at = 0;

  constructor(private readonly text: string) {}

  sample(): ParsedSample {
    const name = this.take(/[a-zA-Z_:][\w:]*/y);
    const labels = this.labels();
    this.take(/ /y);
    const value = this.number();
    if (this.at === this.text.length) {
      return { name, labels, value };
    }
    this.take(/ # /y);
    const exemplarLabels = this.labels();
    this.take(/ /y);
    const exemplar = { labels: exemplarLabels, value: this.number() };
    if (this.at < this.text.length) {
      this.take(/ [\d.]+/y);
    }
    if (this.at < this.text.length) {
      throw new Error(`too long: ${this.text}`);
    }
    return { name, labels, value, exemplar };
  }

  private labels(): Record<string, string> {
    const labels: Record<string, string> = {};
    if (this.text[this.at] !== '{') {
      return labels;
    }
    this.at++;
    while (this.text[this.at] !== '}') {
      if (Object.keys(labels).length > 0) {
        this.take(/,/y);
      }
      const name = this.take(/[a-zA-Z_]\w*/y);
      if (name in labels) {
        throw new Error(`the label ${name} comes twice: ${this.text}`);
      }
      const quoted = this.take(/="(?:[^"\\]|\\.)*"/y);
      labels[name] = unescape(quoted.slice(2, -1), /\\(.)/g);
    }
    this.at++;
    return labels;
  }

  private number(): number {
    const text = this.take(/[^ ]+/y);
    if (text === '+Inf' || text === '-Inf') {
      return text === '+Inf' ? Infinity : -Infinity;
    }
    if (text !== 'NaN' && !/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) {
      throw new Error(`no number: ${text}`);
    }
    return Number(text);
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found === undefined) {
      throw new Error(`${String(pattern)} expected at ${this.at} of ${this.text}`);
    }
    this.at += found.length;
    return found;
  }
}
