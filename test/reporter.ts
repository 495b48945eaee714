/** Counts the tests for `npm test`, whose last line people and programs read. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Counts tests and writes the numbers to the file that `TEST_COUNTS` names. An unhandled error counts as one failure,
 * and so does a file that fails without a failed test, for example because it does not load.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const { state } = test.result();
        counts[state === 'passed' ? 'passed' : state === 'failed' ? 'failed' : 'skipped'] += 1;
      }
      const broken = module.state() === 'failed' && !tests.some((test) => test.result().state === 'failed');
      if (broken) counts.failed += 1;
    }
    const file = process.env['TEST_COUNTS'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  }
}
