import type { ExpositionFormat } from './formats.js';

/** How one metric presents itself in one exposition. */
export interface Family {
  /** What HELP and TYPE call it. */
  readonly name: string;
  readonly type: string;
  /** HELP and TYPE. */
  readonly head: string;
}

/**
 * Names the families of one exposition. In OpenMetrics a counter's family lacks the `_total` of its
 * sample; a counter without it, or whose family's name another metric has, is of type `unknown` there.
 */
export class FamilyNames {
  private readonly taken = new Set<string>();

  constructor(
    private readonly format: ExpositionFormat,
    metricNames: readonly string[],
  ) {
    // So that a gauge `jobs` keeps its name where the counter `jobs_total` comes first.
    metricNames.forEach((name) => this.taken.add(name));
  }

  familyOf(name: string, type: string, help: string): Family {
    if (this.format === 'text') {
      return makeFamily(name, type, escapeHelp(help));
    }
    const text = escapeHelp(help).replace(/"/g, '\\"');
    if (type !== 'counter') {
      return makeFamily(name, OPENMETRICS_TYPES.has(type) ? type : 'unknown', text);
    }
    const short = name.replace(/_total$/, '');
    if (short === name || short === '' || this.taken.has(short)) {
      return makeFamily(name, 'unknown', text);
    }
    this.taken.add(short);
    return makeFamily(short, type, text);
  }
}

const OPENMETRICS_TYPES: ReadonlySet<string> = new Set(['gauge', 'histogram', 'summary']);

function makeFamily(name: string, type: string, help: string): Family {
  return { name, type, head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n` };
}

function escapeHelp(help: string): string {
  return help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}
