import type { MetricLabels } from '../labels/metric-context.js';
import { isPlainObject } from '../plain-object.js';

/** Options that all metric decorators have. */
export interface MetricDecoratorOptions {
  /** Name of the metric; the first argument of the decorator says the same. */
  name?: string;
  /** The metric's HELP text. */
  help?: string;
  /** Label names with their values, each fixed or computed from the call. */
  labels?: MetricLabels;
  /** Whether a series without computed labels is there from bootstrap, at 0. Default: true. */
  initialValue?: boolean;
}

const COMMON = ['name', 'help', 'labels', 'initialValue'];

/** Reads `(name?, options?)` or `(options)`, and checks what any JavaScript may have given. */
export function readDecoratorArguments<O extends MetricDecoratorOptions>(
  decoratorName: string,
  nameOrOptions: string | O | undefined,
  options: O | undefined,
  known: readonly string[],
): O {
  const given: unknown = typeof nameOrOptions === 'string' ? options : (nameOrOptions ?? options);
  if (given !== undefined && !isPlainObject(given)) {
    throw new TypeError(`@${decoratorName}: the options must be a plain object, or left out`);
  }
  const read = { ...(given as O | undefined) } as O;
  if (typeof nameOrOptions === 'string') {
    read.name = nameOrOptions;
  }
  for (const option of Object.keys(read)) {
    if (!COMMON.includes(option) && !known.includes(option)) {
      throw new TypeError(`@${decoratorName} has no option "${option}"`);
    }
  }
  checkTypes(decoratorName, read);
  refuseShapingWithoutName(decoratorName, read);
  return read;
}

/** @throws TypeError unless the option is one of the words, or left out. */
export function checkWord(
  decoratorName: string,
  option: string,
  value: unknown,
  words: readonly string[],
): void {
  if (value !== undefined && !words.includes(value as string)) {
    const list = words.map((word) => `'${word}'`).join(', ');
    throw new TypeError(`@${decoratorName}: "${option}" must be one of ${list}`);
  }
}

function checkTypes(decoratorName: string, options: MetricDecoratorOptions): void {
  const { name, help, labels, initialValue } = options as Record<string, unknown>;
  if (name !== undefined && typeof name !== 'string') {
    throw new TypeError(`@${decoratorName}: "name" must be a string`);
  }
  if (help !== undefined && typeof help !== 'string') {
    throw new TypeError(`@${decoratorName}: "help" must be a string`);
  }
  if (initialValue !== undefined && typeof initialValue !== 'boolean') {
    throw new TypeError(`@${decoratorName}: "initialValue" must be true or false`);
  }
  if (labels !== undefined && !isPlainObject(labels)) {
    throw new TypeError(
      `@${decoratorName}: "labels" must be a plain object of label names and their values or functions`,
    );
  }
}

/** The metrics that unnamed decorators share have the same series for all of them. */
function refuseShapingWithoutName(decoratorName: string, options: MetricDecoratorOptions): void {
  if (options.name !== undefined) {
    return;
  }
  for (const option of ['labels', 'buckets', 'percentiles', 'type']) {
    if ((options as Record<string, unknown>)[option] !== undefined) {
      throw new TypeError(`@${decoratorName}: "${option}" needs a metric of its own: give it a name`);
    }
  }
}
