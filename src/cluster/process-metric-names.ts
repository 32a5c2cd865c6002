/** What prom-client's `collectDefaultMetrics` makes, behind whatever `prefix` it was given. */
const NAMES = new RegExp(
  '^(?:[a-zA-Z_:][a-zA-Z0-9_:]*_)?(?:' +
    [
      'process_cpu_(?:user_|system_)?seconds_total',
      'process_start_time_seconds',
      'process_(?:resident_memory|virtual_memory|heap)_bytes',
      'process_(?:open|max)_fds',
      'nodejs_eventloop_lag(?:_(?:min|max|mean|stddev|p50|p90|p99))?_seconds',
      'nodejs_active_(?:resources|handles|requests)(?:_total)?',
      'nodejs_heap_size_(?:total|used)_bytes',
      'nodejs_external_memory_bytes',
      'nodejs_heap_space_size_(?:total|used|available)_bytes',
      'nodejs_version_info',
      'nodejs_gc_duration_seconds',
    ].join('|') +
    ')$',
);

/** Whether a metric that is none of this package tells of the process, by its name. */
export const isProcessMetric = (name: string): boolean => NAMES.test(name);

/** prom-client's own OpenMetrics rendering takes `_total` off the names of counters, for good. */
export function trueNameOf(metric: { name: string }, registered: (name: string) => unknown): string {
  const full = `${metric.name}_total`;
  return registered(metric.name) !== metric && registered(full) === metric ? full : metric.name;
}
