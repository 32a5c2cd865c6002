import type { Server } from 'node:http';
import type { ApplicationConfig } from '@nestjs/core';
import type { ExporterMetrics } from '../catalog/exporter-metrics.js';
import type { MetricCatalog } from '../catalog/metric-catalog.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { ExpressSeam } from './express-seam.js';
import { FastifySeam } from './fastify-seam.js';
import { HttpLabels } from './http-labels.js';
import { HttpMetrics } from './http-metrics.js';
import { HttpRecorder } from './http-recorder.js';
import { InstalledHttp } from './installed-http.js';
import { MetricsInterceptor } from './metrics.interceptor.js';
import { rememberResponses } from './remembered-response.js';
import { RouteTable } from './route-record.js';
import { watchRoutes, type RouteSeam, type RouteWatcher } from './route-registration.js';
import { hearUnhandledExceptions } from './unhandled-exceptions.js';

export interface HttpInstallation {
  /** The app's adapter, from `HttpAdapterHost`. */
  readonly httpAdapter: object;
  readonly applicationConfig: ApplicationConfig;
  readonly options: ResolvedOptions;
  readonly catalog: MetricCatalog;
  readonly exporter: ExporterMetrics;
  /** The provider that `MetricsInterceptor` asks. */
  readonly installed: InstalledHttp;
  /** Whether labels of any decorated handler ask for its request and response. */
  readonly handlersWantRequests: boolean;
  readonly routeWatcher?: RouteWatcher;
}

export interface HttpInstrumentation {
  /** Ends the watch of the adapter's route methods: to be called once Nest has registered its routes. */
  routesRegistered(): void;
  /** Takes everything off the server and the adapter again; requests in progress are still recorded. */
  uninstall(): void;
}

interface AdapterSeam extends RouteSeam {
  install(): void;
  uninstall(): void;
}

type Adapter = {
  getType?(): string;
  getInstance(): unknown;
  getHttpServer(): Server | undefined;
};

/**
 * Puts the HTTP metrics on an app. To be called in a module's `configure()`: middleware that Nest has not
 * registered yet and all routes are seen then.
 *
 * @throws Error where `http.via` is `'adapter'` and the adapter is neither Express's nor Fastify's.
 */
export function installHttp(installation: HttpInstallation): HttpInstrumentation {
  const { httpAdapter, options, installed, applicationConfig, routeWatcher } = installation;
  const routes = new RouteTable();
  const recorder = recorderOf(installation);
  installed.recorder = recorder;
  installed.routes = routes;
  let seam: AdapterSeam | undefined;
  if (recorder !== undefined && options.http !== false) {
    seam = seamOf(httpAdapter as Adapter, recorder, options.http);
    installed.via = seam === undefined ? 'interceptor' : 'adapter';
    installed.requestContext = options.http.requestContext;
    hearUnhandledExceptions();
    seam?.install();
    recorder.open();
    if (seam === undefined) {
      addFirstInterceptor(applicationConfig, new MetricsInterceptor(installed));
    }
  }
  const adapter = httpAdapter as Adapter;
  if (seam === undefined && installation.handlersWantRequests && adapter.getType?.() === 'fastify') {
    rememberResponses(adapter.getInstance() as Parameters<typeof rememberResponses>[0]);
  }
  const routesRegistered = watchRoutes(httpAdapter, routes, seam, {
    onRoute: (route) => routeWatcher?.onRoute?.(route),
    placeEndpoint(path, handle) {
      const placed = routeWatcher?.placeEndpoint?.(path, handle);
      if (placed !== undefined) {
        // It may be another one than was expected: the app can except it from its global prefix.
        recorder?.expectScrapes(placed.path);
      }
      return placed ?? { path, handle };
    },
  });
  return {
    routesRegistered,
    uninstall() {
      routesRegistered();
      seam?.uninstall();
      if (installed.recorder !== undefined) {
        installed.recorder.close();
        installed.recorder = undefined;
      }
    },
  };
}

function recorderOf({
  options,
  applicationConfig,
  catalog,
  exporter,
}: HttpInstallation): HttpRecorder | undefined {
  const { http, prefix, endpoint } = options;
  if (http === false) {
    return undefined;
  }
  const labels = new HttpLabels(http, options.defaultLabels, (label, error) =>
    exporter.labelFailed(`${prefix}http_requests_total`, label, error),
  );
  const recorder = new HttpRecorder(new HttpMetrics(catalog, http, prefix, labels), labels, {
    excludedPaths: http.excludedPaths,
    sizes: http.sizes,
  });
  if (endpoint) {
    const globalPrefix = endpoint.followGlobalPrefix ? applicationConfig.getGlobalPrefix() : '';
    recorder.expectScrapes(`${slashed(globalPrefix)}${endpoint.path}`);
  }
  return recorder;
}

/** `'api/'` becomes `'/api'`. */
function slashed(prefix: string): string {
  const bare = prefix.replace(/^\/+|\/+$/g, '');
  return bare === '' ? '' : `/${bare}`;
}

/** Before the app's own, so that their time counts too. */
function addFirstInterceptor(config: ApplicationConfig, interceptor: MetricsInterceptor): void {
  config.addGlobalInterceptor(interceptor);
  const interceptors = config.getGlobalInterceptors();
  if (interceptors.at(-1) === interceptor) {
    interceptors.unshift(...interceptors.splice(-1));
  }
}

/** The seam of the app's adapter; `undefined` where the interceptor takes the metrics. */
function seamOf(
  adapter: Adapter,
  recorder: HttpRecorder,
  { via, requestContext }: Exclude<ResolvedOptions['http'], false>,
): AdapterSeam | undefined {
  if (via === 'interceptor') {
    return undefined;
  }
  const type = adapter.getType?.();
  if (type === 'express') {
    const express = adapter.getInstance() as ConstructorParameters<typeof ExpressSeam>[0];
    return new ExpressSeam(express, adapter.getHttpServer(), recorder, requestContext);
  }
  if (type === 'fastify') {
    return new FastifySeam(adapter, recorder, requestContext);
  }
  if (via === 'adapter') {
    throw new TypeError(
      `MetricsModule: option "http.via" can't be 'adapter' with the HTTP adapter "${String(type)}": ` +
        `this is for Express and Fastify`,
    );
  }
  return undefined;
}
