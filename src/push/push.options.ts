/** Pushing to a Prometheus Pushgateway. */
export interface PushOptions {
  /** The gateway, such as `http://pushgateway:9091`. */
  url: string;
  /** The job that the group belongs to; may hold any text. */
  job: string;
  /** Further labels of the group; their values may hold any text. */
  grouping?: Record<string, string | number>;
  /** `'put'` replaces the whole group, `'post'` the metrics of the same name. Default: `'put'`. */
  method?: 'put' | 'post';
  /** Milliseconds between two pushes. Default: none but that at shutdown. */
  interval?: number;
  /** What happens when the app shuts down. Default: `'push'`. */
  onShutdown?: 'push' | 'delete' | 'none';
  /** Milliseconds after which a push is given up. Default: 10000. */
  timeout?: number;
  /** Sent with every request. */
  headers?: Record<string, string>;
  basicAuth?: { user: string; password: string };
}
