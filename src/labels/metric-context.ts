import type { IncomingHttpHeaders } from 'node:http';

/** What Express's and Fastify's requests have in common, and label functions mostly read. */
export interface MetricRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  params?: unknown;
  query?: unknown;
  body?: unknown;
  ip?: string | undefined;
}

/** What Express's response and Fastify's reply have in common. */
export interface MetricResponse {
  statusCode: number;
  getHeader(name: string): number | string | string[] | undefined;
}

/**
 * What a label function is given. Which fields are there depends on where the labelled thing happens:
 * a call of any decorated method has the first five, a call of an HTTP handler all of them, and a
 * request that reached no handler has `request`, `response` and `status` alone.
 *
 * The functions of gauges run before the call, so they see no `result`, `error` or `status`; all
 * others run after it, in an HTTP handler when the response is over.
 */
export interface MetricContext<
  Request = MetricRequest,
  Response = MetricResponse,
  Args extends readonly unknown[] = readonly unknown[],
  Result = unknown,
> {
  /** Name of the class of the instance: the concrete one, also where the method is inherited. */
  className: string;
  methodName: string;
  /** The arguments as the caller gave them. */
  args: Args;
  /** What the call gave: what its promise was fulfilled with, the last value of its Observable. */
  result?: Result;
  /** What the call threw, or its promise, Observable or iterator ended with. */
  error?: unknown;
  /** Express's or Fastify's request, in an HTTP handler (with `http.requestContext` in any method called by it). */
  request: Request;
  /** Express's response or Fastify's reply, where `request` is. */
  response: Response;
  /** The status that the client received, after every filter; 499 where it hung up before. */
  status?: number;
  /** Class of the HTTP handler. */
  controller?: Function;
  /** The HTTP handler itself. */
  handler?: Function;
}

/** What a label function may return; `undefined` and `null` become the empty string. */
export type LabelValue = string | number | boolean | bigint | undefined | null;

interface LabelFunctions {
  /** A method, so that a function may declare a narrower context than the one it is given. */
  evaluate(context: MetricContext): LabelValue;
}

/** Computes a label's value. Synchronous; where it throws, the value is `error` and the failure is counted. */
export type LabelFunction = LabelFunctions['evaluate'];

/** Label names with their values, each fixed or computed. */
export type MetricLabels = Record<string, LabelValue | LabelFunction>;
