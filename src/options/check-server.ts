import type { ScrapeServerOptions } from '../endpoint/scrape-server.options.js';
import { MetricsOptionsError, checkInteger, checkObject, checkPath, checkType } from './option-checks.js';

/** @throws TypeError that names the option where one is unknown, wrong or missing. */
export function checkServer(server: ScrapeServerOptions): void {
  checkObject(server, 'server', ['port', 'host', 'path', 'tls', 'authorize', 'gzip']);
  if (server?.port === undefined) {
    throw new MetricsOptionsError('server.port', 'is missing');
  }
  checkInteger(server.port, 'server.port', 0, 65_535);
  checkType(server.host, 'server.host', 'string');
  checkPath(server.path, 'server.path');
  checkType(server.authorize, 'server.authorize', 'function');
  checkType(server.gzip, 'server.gzip', 'boolean');
  checkObject(server.tls, 'server.tls', ['cert', 'key', 'ca', 'passphrase']);
  if (server.tls !== undefined && !(server.tls.cert && server.tls.key)) {
    // Node would start without them, and fail at each connection.
    throw new MetricsOptionsError('server.tls', 'must have a "cert" and a "key"');
  }
}
