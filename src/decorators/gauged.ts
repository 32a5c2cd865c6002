import { METRIC_AGGREGATORS } from '../catalog/metric-spec.js';
import type { Aggregator } from '../series/index.js';
import { checkWord, readDecoratorArguments, type MetricDecoratorOptions } from './decorator-options.js';
import { metricDecorator, type MetricDecorator } from './metric-decorator.js';

export interface GaugedOptions extends MetricDecoratorOptions {
  /** How the values of several workers become one. Default: `'sum'`. */
  aggregator?: Aggregator;
}

/**
 * Gauges how many calls of a method are in progress. Its label functions run before the call, so they
 * see neither its result nor a status.
 *
 * Without a name it feeds `method_in_progress{class,method}`.
 *
 * @throws TypeError where it stands on anything but an instance method or a class, or an option is wrong.
 */
export function Gauged(name?: string, options?: GaugedOptions): MetricDecorator;
export function Gauged(options: GaugedOptions): MetricDecorator;
export function Gauged(nameOrOptions?: string | GaugedOptions, given?: GaugedOptions): MetricDecorator {
  const options = readDecoratorArguments('Gauged', nameOrOptions, given, ['aggregator']);
  checkWord('Gauged', 'aggregator', options.aggregator, METRIC_AGGREGATORS);
  return metricDecorator('Gauged', {
    kind: 'gauged',
    name: options.name,
    help: options.help,
    labels: options.labels ?? {},
    initialValue: options.initialValue ?? true,
    aggregator: options.aggregator,
  });
}
