// Worker threads and programs that tests start run from source: their types are stripped once, not by each of them.
process.env.NODE_COMPILE_CACHE ??= `${import.meta.dirname}/../../.nx/node`;

/** One jest configuration for every project: TypeScript by swc, native ESM, tests beside their sources. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/src/**/*.test.ts'],
  cacheDirectory: `${import.meta.dirname}/../../.nx/jest`,
  passWithNoTests: true,
  // No test is timed: this only ends one that hangs, also on a machine with better things to do.
  testTimeout: 240_000,
  reporters: ['default', `${import.meta.dirname}/results-reporter.mjs`],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
};
