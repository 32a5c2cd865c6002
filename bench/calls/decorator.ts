import type { CountedOptions, MetricContext, MetricDecorator } from 'nestjs-prometheus-exporter';
import { readsClock } from './reads-clock.js';
import type { CallVariant, Labels } from './variants.js';

const optionsOf: Record<Labels, CountedOptions | undefined> = {
  unnamed: undefined,
  'static labels': { name: 'bench_calls', labels: { shop: 'north', kind: 'online' } },
  'label functions': {
    name: 'bench_calls',
    labels: {
      parity: ({ args }: MetricContext) => (Number(args[0]) % 2 === 0 ? 'even' : 'odd'),
      method: ({ methodName }: MetricContext) => methodName,
    },
  },
};

/** The variant's decorator; none of the library is loaded where there is none. */
export async function decoratorOf({ decorator, labels }: CallVariant): Promise<MethodDecorator | undefined> {
  if (decorator === 'none') {
    return undefined;
  }
  if (decorator === 'clock') {
    return readsClock;
  }
  const library = await import('nestjs-prometheus-exporter');
  const make = library[decorator] as (options?: CountedOptions) => MetricDecorator;
  const options = optionsOf[labels];
  return (options === undefined ? make() : make(options)) as MethodDecorator;
}
