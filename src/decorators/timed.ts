import { checkWord, readDecoratorArguments, type MetricDecoratorOptions } from './decorator-options.js';
import { metricDecorator, type MetricDecorator } from './metric-decorator.js';

export interface TimedOptions extends MetricDecoratorOptions {
  /** Default: `'histogram'`. */
  type?: 'histogram' | 'summary';
  /** Upper bounds of a histogram, in seconds. Default: .005 to 10. */
  buckets?: readonly number[];
  /** Quantiles of a summary, each from 0 to 1. Default: none, so a sum and a count. */
  percentiles?: readonly number[];
}

/**
 * Measures the seconds that calls of a method take, in a histogram or a summary: of an async method
 * until its promise settles, of an Observable for each subscription, of an iterator until its end.
 *
 * Without a name it feeds `method_duration_seconds{class,method,outcome}`, whose `outcome` is
 * `success` or `error`.
 *
 * @throws TypeError where it stands on anything but an instance method or a class, or an option is wrong.
 */
export function Timed(name?: string, options?: TimedOptions): MetricDecorator;
export function Timed(options: TimedOptions): MetricDecorator;
export function Timed(nameOrOptions?: string | TimedOptions, given?: TimedOptions): MetricDecorator {
  const options = readDecoratorArguments('Timed', nameOrOptions, given, ['type', 'buckets', 'percentiles']);
  const { type = 'histogram', buckets, percentiles } = options;
  checkWord('Timed', 'type', type, ['histogram', 'summary']);
  checkNumbers('buckets', buckets);
  checkNumbers('percentiles', percentiles);
  if (type === 'summary' && buckets) {
    throw new TypeError(`@Timed: "buckets" are a histogram's; a summary has "percentiles"`);
  }
  if (type === 'histogram' && percentiles) {
    throw new TypeError(`@Timed: "percentiles" are a summary's: add type: 'summary'`);
  }
  return metricDecorator('Timed', {
    kind: 'timed',
    name: options.name,
    help: options.help,
    labels: options.labels ?? {},
    initialValue: options.initialValue ?? true,
    type,
    buckets,
    percentiles,
  });
}

function checkNumbers(option: string, value: unknown): void {
  if (value !== undefined && !(Array.isArray(value) && value.every((item) => typeof item === 'number'))) {
    throw new TypeError(`@Timed: "${option}" must be an array of numbers`);
  }
}
