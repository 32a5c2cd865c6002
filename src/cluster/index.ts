export { startClusterMetrics } from './start-cluster-metrics.js';
export type { ClusterMetrics, ClusterMetricsOptions } from './start-cluster-metrics.js';
export { collectFromThread } from './collect-from-thread.js';
export type { ScrapeServerOptions } from '../endpoint/scrape-server.options.js';
export { basicAuth, bearerToken } from '../endpoint/authorize.js';
export type { Authorize } from '../endpoint/authorize.js';
