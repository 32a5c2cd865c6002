import { excludeClass, excludeMethod, type Exclusion } from './declarations.js';
import { isClassTarget, type MetricDecorator } from './metric-decorator.js';

/** Leaves a handler, or all of a controller, out of the built-in HTTP metrics; its own decorators still count. */
export function DoNotTrack(): MetricDecorator {
  return exclusionDecorator('DoNotTrack', 'http');
}

/** Leaves a handler, or all of a controller, out of every metric, those of its own decorators included. */
export function ExcludeAllMetrics(): MetricDecorator {
  return exclusionDecorator('ExcludeAllMetrics', 'all');
}

function exclusionDecorator(decoratorName: string, exclusion: Exclusion): MetricDecorator {
  return (target: object, method?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (isClassTarget(decoratorName, target, method, descriptor)) {
      excludeClass(target, exclusion);
    } else {
      excludeMethod(target, method as string | symbol, exclusion);
    }
  };
}
