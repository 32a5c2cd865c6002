import cluster, { type Worker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { readScrape } from '../endpoint/read-scrape.js';
import type { ScrapeServerOptions } from '../endpoint/scrape-server.options.js';
import { startScrapeServer, type ScrapeServer } from '../endpoint/scrape-server.js';
import { checkServer } from '../options/check-server.js';
import { checkInteger, checkObject } from '../options/option-checks.js';
import { toWorker } from './channel.js';
import { DEFAULT_TIMES, theHub, type Hub } from './hub.js';

export interface ClusterMetricsOptions {
  /** Servers of the primary's own that answer scrapes; none: only the workers' endpoints do. */
  server?: ScrapeServerOptions | readonly ScrapeServerOptions[];
  /** Milliseconds between what workers send unasked: what a worker that is killed may lose. Default: 1000. */
  interval?: number;
  /** Milliseconds a scrape waits for workers. Default: 2000. */
  timeout?: number;
}

export interface ClusterMetrics {
  /** Where the first of its servers listens. */
  readonly address: AddressInfo | undefined;
  readonly addresses: readonly AddressInfo[];
  /** All metrics of all workers, as a scrape would get them. */
  render(query?: {
    accept?: string;
    names?: readonly string[];
  }): Promise<{ contentType: string; body: string }>;
  /**
   * Ends its servers, and forgets what was put together: scrapes of a worker give that worker's metrics
   * alone from then on.
   */
  close(): Promise<void>;
}

/**
 * Puts the metrics of all `node:cluster` workers together, in their primary: of those that run already and
 * of those that come. What ended workers counted is kept for as long as the process lives.
 * @throws TypeError that names a wrong option; Error that names `server.port` where it is taken, in a worker,
 * and where it runs already.
 */
export async function startClusterMetrics(options: ClusterMetricsOptions = {}): Promise<ClusterMetrics> {
  checkObject(options, 'startClusterMetrics', ['server', 'interval', 'timeout']);
  const { interval = DEFAULT_TIMES.interval, timeout = DEFAULT_TIMES.timeout } = options;
  checkInteger(interval, 'interval', 1, 3_600_000);
  checkInteger(timeout, 'timeout', 1, 3_600_000);
  const servers = [options.server ?? []].flat() as ScrapeServerOptions[];
  servers.forEach((server) => checkServer(server));
  if (cluster.isWorker) {
    throw new Error('startClusterMetrics() is for the primary process; workers have the option "cluster"');
  }
  const hub = theHub();
  if (hub.isStarted) {
    throw new Error('startClusterMetrics() was called already: it takes several servers at once');
  }
  hub.isStarted = true;
  hub.setTimes({ interval, timeout });
  const started: ScrapeServer[] = [];
  try {
    for (const server of servers) {
      started.push(await startScrapeServer(server, hub));
    }
  } catch (error) {
    hub.isStarted = false;
    await Promise.all(started.map((server) => server.close()));
    throw error;
  }
  const stopHearing = hearWorkers(hub);
  const addresses = started.map(({ address }) => address);
  let closed: Promise<void> | undefined;
  return {
    address: addresses[0],
    addresses,
    render: (query = {}) => readScrape(hub, query),
    close: () => {
      stopHearing();
      return (closed ??= Promise.all(started.map((server) => server.close())).then(() => hub.close()));
    },
  };
}

/** All that are there and all that come, until it is told to stop. */
function hearWorkers(hub: Hub): () => void {
  const heard = new WeakSet<Worker>();
  const hear = (worker: Worker): void => {
    // One that was forked right before is told of by both.
    if (heard.has(worker)) {
      return;
    }
    heard.add(worker);
    const peer = hub.attach(toWorker(worker), String(worker.id));
    worker.once('exit', () => peer.end());
    worker.once('disconnect', () => peer.end());
  };
  Object.values(cluster.workers ?? {}).forEach((worker) => worker && hear(worker));
  cluster.on('fork', hear);
  return () => cluster.off('fork', hear);
}
