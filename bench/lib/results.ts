/** Where each section of the results begins: with its heading. */
const SECTIONS = /^(?=## )/m;

const headingOf = (section: string): string => section.split('\n', 1)[0] ?? '';

/** An earlier run's results, with the sections that were measured again in the place of its own. */
export function withSections(earlier: string, measured: readonly string[]): string {
  const left = new Map(measured.map((section) => [headingOf(section), section]));
  const [head = '', ...sections] = earlier.split(SECTIONS).map((section) => section.trimEnd());
  const merged = sections.map((section) => {
    const again = left.get(headingOf(section));
    left.delete(headingOf(section));
    return again ?? section;
  });
  return `${[head, ...merged, ...left.values()].join('\n\n')}\n`;
}
