/** Pushing to a Prometheus Pushgateway (https://github.com/prometheus/pushgateway). */
export interface PushOptions {
  /** The gateway, such as `http://pushgateway:9091`; may have a path and credentials. */
  url: string;
  /** The label `job` of the group; may hold any text but the empty one. */
  job: string;
  /** Further labels of the group; their values may hold any text. Default: none. */
  grouping?: Readonly<Record<string, string | number | boolean>>;
  /**
   * What interval and shutdown send: `'put'` replaces the whole group, `'post'` the metrics of the same
   * name. Default: `'put'`.
   */
  method?: 'put' | 'post';
  /** Milliseconds between two pushes. Default: none but that at shutdown. */
  interval?: number;
  /** What the app sends when it is closed. Default: `'push'`. */
  onShutdown?: 'push' | 'delete' | 'none';
  /** Milliseconds after which a push is given up; the most that it adds to a shutdown. Default: 10000. */
  timeout?: number;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  basicAuth?: { user: string; password: string };
}
