import { evaluateLabel } from '../labels/evaluate-label.js';
import type { LabelValue, MetricContext, MetricRequest, MetricResponse } from '../labels/metric-context.js';
import {
  isComputed,
  type ComputedLabel,
  type ResolvedLabel,
  type StaticLabel,
} from '../labels/resolved-label.js';
import type { ResolvedGroupBy, ResolvedHttpOptions } from '../options/resolved-options.js';
import type { RequestRecord } from './request-record.js';
import { pathOf } from './request-target.js';
import type { RouteRecord } from './route-record.js';

/** The value of `route` and `handler` where no handler of a controller was found. */
export const UNMATCHED = 'unmatched';

/** The labels of the HTTP metrics: their names, and each request's values. */
export class HttpLabels {
  /** `method`, the `groupBy` label, `status`, and the default labels. */
  readonly names: readonly string[];
  /** Those whose values come from outside. */
  readonly folded: readonly string[];
  readonly staticNames: readonly string[];
  readonly staticValues: readonly string[];
  /** Whether a route, a method and a status tell all values. */
  readonly fixed: boolean;
  /** Whether label functions are given the framework's request. */
  readonly asksRequests: boolean;
  private readonly groupBy: ResolvedGroupBy;
  private readonly statusClasses: boolean;

  constructor(
    options: ResolvedHttpOptions,
    private readonly defaults: readonly ResolvedLabel[],
    private readonly onFailure: (label: string, error: unknown) => void,
  ) {
    this.groupBy = options.groupBy;
    this.statusClasses = options.statusClasses;
    const computed = defaults.filter(isComputed);
    this.names = ['method', this.groupBy.label, 'status', ...defaults.map((label) => label.name)];
    this.folded = [this.groupBy.label, ...computed.map((label) => label.name)];
    this.asksRequests = computed.length > 0 || this.groupBy.by === 'function';
    this.fixed = computed.length === 0 && (this.groupBy.by === 'route' || this.groupBy.by === 'handler');
    const fixed = defaults.filter((label): label is StaticLabel => !isComputed(label));
    this.staticNames = fixed.map((label) => label.name);
    this.staticValues = fixed.map((label) => label.value);
  }

  /** A request's values, in the order of `names`; asks the label functions. */
  valuesOf(record: RequestRecord, status: number, route: RouteRecord | undefined): LabelValue[] {
    const values: LabelValue[] = [record.method.name, this.group(record, route), this.statusText(status)];
    let context: MetricContext | undefined;
    for (const label of this.defaults) {
      values.push(
        isComputed(label)
          ? this.evaluate(label, (context ??= contextOf(record, status, route)))
          : label.value,
      );
    }
    return values;
  }

  private evaluate({ name, evaluate }: ComputedLabel, context: MetricContext): LabelValue {
    return evaluateLabel(evaluate, context, (error) => this.onFailure(name, error));
  }

  private group(record: RequestRecord, route: RouteRecord | undefined): LabelValue {
    const { by, value, label } = this.groupBy;
    switch (by) {
      case 'route':
        return route === undefined ? UNMATCHED : route.template;
      case 'handler':
        return route === undefined ? UNMATCHED : route.handler.name;
      case 'url':
        return record.rawUrl;
      case 'path':
        return pathOf(record.rawUrl);
      case 'function':
        return value === undefined
          ? ''
          : evaluateLabel<MetricRequest>(value, record.request as MetricRequest, (error) =>
              this.onFailure(label, error),
            );
    }
  }

  private statusText(status: number): string {
    return this.statusClasses ? `${Math.floor(status / 100)}xx` : String(status);
  }
}

function contextOf(record: RequestRecord, status: number, route: RouteRecord | undefined): MetricContext {
  const seen = {
    request: record.request as MetricRequest,
    response: record.response as MetricResponse,
    status,
  };
  if (route === undefined) {
    // A request that reached no handler has no class, no method and no arguments (contract of MetricContext).
    return seen as MetricContext;
  }
  const { controller, methodName } = route.handler;
  const { handled } = record;
  const isCalled = handled?.controller === controller && handled.methodName === methodName;
  const handler = (controller.prototype as Record<string, unknown>)[methodName];
  return {
    className: controller.name,
    methodName,
    // None where a guard or a pipe refused it.
    ...(isCalled ? handled.call : { args: [] }),
    ...seen,
    controller,
    ...(typeof handler === 'function' && { handler }),
  };
}
