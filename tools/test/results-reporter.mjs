import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Leaves a project's counts in `.nx/test-results/<name>.json`. Nx caches the file, so that a cached run counts as well. */
export default class ResultsReporter {
  #rootDir;

  constructor({ rootDir }) {
    this.#rootDir = rootDir;
  }

  onRunComplete(_contexts, results) {
    const { name } = JSON.parse(readFileSync(join(this.#rootDir, 'package.json'), 'utf8'));
    const path = join(import.meta.dirname, '../../.nx/test-results', `${name}.json`);
    const tests = results.testResults.flatMap((file) => file.testResults);
    const summary = {
      passed: results.numPassedTests,
      // A file that could not even be loaded has no tests to count, but it failed.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
    };
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(summary)}\n`);
  }
}
