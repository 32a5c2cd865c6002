'use strict';
// Loads of prom-client what is used here and no more: its index loads OpenTelemetry's API as well, for exemplars of CPU
// time, and that takes as long as this whole package. CommonJS, since these files are, and since only `require` can try.

/** Of prom-client 15.1; where another version has moved its files, all of it is loaded. */
function load() {
  try {
    return loadFiles();
  } catch {
    return require('prom-client');
  }
}

function loadFiles() {
  const Registry = require('prom-client/lib/registry');
  const Counter = require('prom-client/lib/counter');
  require.resolve('prom-client/lib/summary');
  const collectors = [
    cpuTime(Counter),
    require('prom-client/lib/metrics/processStartTime'),
    require('prom-client/lib/metrics/osMemoryHeap'),
    require('prom-client/lib/metrics/processOpenFileDescriptors'),
    require('prom-client/lib/metrics/processMaxFileDescriptors'),
    require('prom-client/lib/metrics/eventLoopLag'),
    require('prom-client/lib/metrics/processResources'),
    require('prom-client/lib/metrics/processHandles'),
    require('prom-client/lib/metrics/processRequests'),
    require('prom-client/lib/metrics/heapSizeAndUsed'),
    require('prom-client/lib/metrics/heapSpacesSizeAndUsed'),
    require('prom-client/lib/metrics/version'),
    require('prom-client/lib/metrics/gc'),
  ];
  const register = Registry.globalRegistry;
  if (typeof register.registerMetric !== 'function' || collectors.some((one) => typeof one !== 'function')) {
    throw new TypeError('These are other files than those of prom-client 15.1');
  }
  const collectDefaultMetrics = (settings) => {
    if (settings.enableExemplars) {
      require('prom-client').collectDefaultMetrics(settings);
      return;
    }
    const config = { eventLoopMonitoringPrecision: 10, ...settings };
    for (const collect of collectors) {
      collect(config.register, config);
    }
  };
  return { Registry, Summary, register, collectDefaultMetrics };
}

/** Loads the estimator of quantiles only where a summary is made. */
function Summary(settings) {
  const Own = require('prom-client/lib/summary');
  return new Own(settings);
}

/** CPU time of the process in seconds, as prom-client's own file tells it, which is the one that loads OpenTelemetry. */
function cpuTime(Counter) {
  return (register, { prefix = '', labels = {} }) => {
    let told = process.cpuUsage();
    const addUp = () => {
      const used = process.cpuUsage();
      const ofUser = used.user - told.user;
      const ofSystem = used.system - told.system;
      told = used;
      user.inc(labels, ofUser / 1e6);
      system.inc(labels, ofSystem / 1e6);
      both.inc(labels, (ofUser + ofSystem) / 1e6);
    };
    const counter = (name, what) =>
      new Counter({
        name: `${prefix}process_cpu_${name}seconds_total`,
        help: `Total ${what} CPU time spent in seconds.`,
        labelNames: Object.keys(labels),
        registers: [register],
        // Whichever of them is read first.
        collect: addUp,
      });
    const user = counter('user_', 'user');
    const system = counter('system_', 'system');
    const both = counter('', 'user and system');
  };
}

module.exports = load();
