/** Prometheus text 0.0.4, or OpenMetrics 1.0.0. */
export type ExpositionFormat = 'text' | 'openmetrics';

const CONTENT_TYPES: Record<ExpositionFormat, string> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The `Content-Type` of an exposition. */
export const contentTypeOf = (format: ExpositionFormat): string => CONTENT_TYPES[format];
