import { register, type DefaultMetricsCollectorConfiguration, type RegistryContentType } from 'prom-client';
import { declarationOf } from '../decorators/metric-decorator.js';
import type { MetricDeclaration } from '../decorators/declarations.js';
import type { ScrapeServerOptions } from '../endpoint/scrape-server.options.js';
import { labelNameFault } from '../labels/label-name.js';
import { isComputed, resolveLabels, type ResolvedLabel, type StaticLabel } from '../labels/resolved-label.js';
import type { EndpointOptions, MetricsOptions } from '../metrics.options.js';
import {
  MetricsOptionsError,
  checkArray,
  checkInteger,
  checkObject,
  checkRoutePath,
  checkType,
} from './option-checks.js';
import { checkServer } from './check-server.js';
import { resolveHttp, resolvePrefix } from './resolve-http.js';
import { resolvePush } from './resolve-push.js';
import type { ResolvedEndpointOptions, ResolvedHttpOptions, ResolvedOptions } from './resolved-options.js';

export const DEFAULT_PATH = '/metrics';

/**
 * Puts every default in its place.
 * @throws TypeError that names the option where one is unknown or wrong.
 */
export function resolveOptions(options: MetricsOptions = {}): ResolvedOptions {
  checkObject(options, '', [
    'imports',
    'registry',
    'defaultLabels',
    'endpoint',
    'server',
    'http',
    'defaults',
    'info',
    'processMetrics',
    'createdTimestamps',
    'maxSeries',
    'push',
    'cluster',
  ]);
  checkArray(options.imports, 'imports');
  checkType(options.cluster, 'cluster', 'boolean');
  checkType(options.createdTimestamps, 'createdTimestamps', 'boolean');
  checkInteger(options.maxSeries, 'maxSeries', 1, 10_000_000);
  const http = resolveHttp(options.http);
  return {
    registry: resolveRegistry(options.registry),
    defaultLabels: resolveDefaultLabels(options.defaultLabels, http),
    prefix: resolvePrefix(options.http),
    endpoint: resolveEndpoint(options.endpoint),
    servers: resolveServers(options.server),
    http,
    defaults: resolveDefaults(options.defaults),
    info: resolveInfo(options.info),
    processMetrics: resolveProcessMetrics(options.processMetrics),
    createdTimestamps: options.createdTimestamps ?? false,
    maxSeries: options.maxSeries ?? 10_000,
    push: resolvePush(options.push),
    cluster: options.cluster ?? false,
  };
}

function resolveRegistry(registry: MetricsOptions['registry']): ResolvedOptions['registry'] {
  if (registry !== undefined && typeof registry?.registerMetric !== 'function') {
    throw new MetricsOptionsError('registry', "must be one of prom-client's registries");
  }
  return registry ?? register;
}

function resolveDefaultLabels(
  labels: MetricsOptions['defaultLabels'],
  http: ResolvedHttpOptions | false,
): ResolvedLabel[] {
  checkObject(labels, 'defaultLabels', Object.keys(labels ?? {}));
  const taken = http ? ['method', 'status', http.groupBy.label] : [];
  const resolved = resolveLabels(labels ?? {}, 'MetricsModule: option "defaultLabels"');
  for (const { name } of resolved) {
    const fault = taken.includes(name)
      ? `the label name "${name}" is taken by the HTTP metrics`
      : labelNameFault(name);
    if (fault) {
      throw new MetricsOptionsError('defaultLabels', `can't be used: ${fault}`);
    }
  }
  return resolved;
}

function resolveEndpoint(endpoint: EndpointOptions | false | undefined): ResolvedEndpointOptions | false {
  if (endpoint === false) {
    return false;
  }
  checkObject(endpoint, 'endpoint', ['path', 'followGlobalPrefix', 'decorators', 'authorize', 'gzip']);
  checkRoutePath(endpoint?.path, 'endpoint.path');
  checkArray(endpoint?.decorators, 'endpoint.decorators', 'function');
  checkType(endpoint?.followGlobalPrefix, 'endpoint.followGlobalPrefix', 'boolean');
  checkType(endpoint?.authorize, 'endpoint.authorize', 'function');
  checkType(endpoint?.gzip, 'endpoint.gzip', 'boolean');
  return {
    path: endpoint?.path ?? DEFAULT_PATH,
    followGlobalPrefix: endpoint?.followGlobalPrefix ?? false,
    authorize: endpoint?.authorize,
    gzip: endpoint?.gzip ?? true,
  };
}

function resolveServers(server: MetricsOptions['server']): ScrapeServerOptions[] {
  if (server === undefined) {
    return [];
  }
  const servers = (Array.isArray(server) ? server : [server]) as ScrapeServerOptions[];
  servers.forEach(checkServer);
  return servers;
}

function resolveDefaults(defaults: MetricsOptions['defaults'] = []): MetricDeclaration[] {
  if (!Array.isArray(defaults)) {
    throw new MetricsOptionsError('defaults', 'must be an array of decorators');
  }
  return defaults.map((decorator: unknown) => {
    const declaration = declarationOf(decorator);
    if (!declaration) {
      throw new MetricsOptionsError('defaults', 'must be made of Counted(...), Gauged(...) and Timed(...)');
    }
    return declaration;
  });
}

function resolveInfo(info: MetricsOptions['info']): StaticLabel[] | undefined {
  checkObject(info, 'info', Object.keys(info ?? {}));
  return (
    info &&
    resolveLabels(info, 'MetricsModule: option "info"').map((label) => {
      const fault = isComputed(label)
        ? `the label "${label.name}" must be a value`
        : labelNameFault(label.name);
      if (isComputed(label) || fault) {
        throw new MetricsOptionsError('info', `can't be used: ${fault}`);
      }
      return label;
    })
  );
}

function resolveProcessMetrics(
  processMetrics: MetricsOptions['processMetrics'] = true,
): DefaultMetricsCollectorConfiguration<RegistryContentType> | false {
  if (typeof processMetrics === 'boolean') {
    return processMetrics && {};
  }
  checkObject(processMetrics, 'processMetrics', Object.keys(processMetrics ?? {}));
  return processMetrics;
}
