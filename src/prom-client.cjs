'use strict';
// Stands in the package for `prom-client` (see rollup.config.js). So short, since where a module imports it Node reads all
// of it for the names that it exports, with a parser that V8 then optimizes in the middle of an app's start.
const { Registry, Summary, register, collectDefaultMetrics } = require('./prom-client-files.cjs');
exports.Registry = Registry;
exports.Summary = Summary;
exports.register = register;
exports.collectDefaultMetrics = collectDefaultMetrics;
