/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/real/',
    '<rootDir>/test/cluster/',
    '<rootDir>/test/package/',
  ],
  extensionsToTreatAsEsm: ['.ts'],
  injectGlobals: false,
  // Jest leaves one core alone unless told.
  maxWorkers: '100%',
  moduleNameMapper: {
    '^nestjs-prometheus-exporter$': '<rootDir>/src/index.ts',
    '^nestjs-prometheus-exporter/cluster$': '<rootDir>/src/cluster/index.ts',
    // Sources name the file that will run ('./x.js'); under Jest it is still './x.ts'.
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'es6' },
        sourceMaps: 'inline',
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
};
