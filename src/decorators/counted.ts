import { checkWord, readDecoratorArguments, type MetricDecoratorOptions } from './decorator-options.js';
import { metricDecorator, type MetricDecorator } from './metric-decorator.js';

export interface CountedOptions extends MetricDecoratorOptions {
  /** Which calls count: all, those that gave a result, or those that threw. Default: `'always'`. */
  on?: 'always' | 'success' | 'failure';
}

/**
 * Counts the calls of a method, in a counter whose name ends in `_total` (added where it lacks it).
 * A call counts when it is over: a promise when it settles, an Observable when a subscription ends,
 * an iterator at its end.
 *
 * Without a name it feeds `method_calls_total{class,method,outcome}`, whose `outcome` is `success`
 * or `error`.
 *
 * @throws TypeError where it stands on anything but an instance method or a class, or an option is wrong.
 */
export function Counted(name?: string, options?: CountedOptions): MetricDecorator;
export function Counted(options: CountedOptions): MetricDecorator;
export function Counted(nameOrOptions?: string | CountedOptions, given?: CountedOptions): MetricDecorator {
  const options = readDecoratorArguments('Counted', nameOrOptions, given, ['on']);
  checkWord('Counted', 'on', options.on, ['always', 'success', 'failure']);
  return metricDecorator('Counted', {
    kind: 'counted',
    name: options.name,
    help: options.help,
    labels: options.labels ?? {},
    initialValue: options.initialValue ?? true,
    on: options.on ?? 'always',
  });
}
