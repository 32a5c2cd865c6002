import type { Subject } from './subject.js';

type Loop = (subjects: readonly Subject[], calls: number, figure: number) => number | Promise<number>;

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

/**
 * A loop over all subjects with a call site for each, as an app has: what is shared between the methods is
 * then the library's code alone. Each call needs what the call before it gave.
 */
export function loopOver(subjects: readonly Subject[], isAsync: boolean): (calls: number) => unknown {
  const names = subjects.map((_, i) => `s${i}`);
  const body = `
    const [${names.join(', ')}] = subjects;
    for (let i = 0; i < calls; i += ${names.length}) {
      ${names.map((name) => `figure = ${isAsync ? 'await ' : ''}${name}.run(figure);`).join('\n      ')}
    }
    return figure;`;
  const Constructor = isAsync ? AsyncFunction : Function;
  const loop = new Constructor('subjects', 'calls', 'figure', body) as Loop;
  return (calls) => loop(subjects, calls, 1);
}
