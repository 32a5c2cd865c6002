import base from './jest.config.js';

/**
 * The tests that start real servers (Prometheus), Python's OpenMetrics parser, or clusters of processes.
 *
 * @type {import('jest').Config}
 */
export default {
  ...base,
  roots: ['<rootDir>/test/real', '<rootDir>/test/cluster'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
  // One at a time: the servers share ports and the machine's cores.
  maxWorkers: 1,
};
