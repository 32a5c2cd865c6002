import type { ExpositionFormat } from './formats.js';

/** How one metric presents itself in one exposition. */
export interface Family {
  readonly format: ExpositionFormat;
  /** What HELP and TYPE call it. */
  readonly name: string;
  readonly type: string;
}

interface Named {
  readonly name: string;
  readonly type: string;
}

const TOTAL = '_total';
const TYPES: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary']);

/** Suffixes of sample names that a family of a type claims besides its own name. */
const CLAIMS: Record<string, readonly string[]> = {
  counter: [TOTAL, '_created'],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['_sum', '_count', '_created'],
};

/** The families of an exposition with all these metrics, in their order. */
export function familiesOf(metrics: readonly Named[], format: ExpositionFormat): Family[] {
  return format === 'openmetrics'
    ? openMetricsFamilies(metrics)
    : metrics.map(({ name, type }) => ({ format, name, type: TYPES.has(type) ? type : 'untyped' }));
}

/**
 * In OpenMetrics a counter's family is called as its sample is without `_total`. A counter that lacks it,
 * or whose family would claim a name that another has, keeps its whole name and is `unknown`: strict
 * parsers refuse the whole exposition otherwise.
 */
function openMetricsFamilies(metrics: readonly Named[]): Family[] {
  const format = 'openmetrics';
  const taken = new Set<string>();
  const families = metrics.map(({ name, type }): Family => {
    if (type === 'counter' && name.endsWith(TOTAL) && name !== TOTAL) {
      return { format, name: name.slice(0, -TOTAL.length), type };
    }
    const family = { format, name, type: type !== 'counter' && TYPES.has(type) ? type : 'unknown' } as const;
    claimsOf(family).forEach((claim) => taken.add(claim));
    return family;
  });
  // Only counters can give way, so they come after all others, whatever the order they are written in.
  return families.map((family) => {
    if (family.type !== 'counter') {
      return family;
    }
    const isFree = claimsOf(family).every((claim) => !taken.has(claim));
    const settled = isFree ? family : ({ format, name: family.name + TOTAL, type: 'unknown' } as const);
    claimsOf(settled).forEach((claim) => taken.add(claim));
    return settled;
  });
}

const claimsOf = ({ name, type }: Named): string[] => ['', ...(CLAIMS[type] ?? [])].map((end) => name + end);

/** The lines HELP and TYPE. Only OpenMetrics escapes quotes in a help. */
export function headOf({ format, name, type }: Family, help: string): string {
  const escaped = help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
  const text = format === 'openmetrics' ? escaped.replace(/"/g, '\\"') : escaped;
  return `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n`;
}
