import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the run with `N passed, N failed` alone on a line (`, N skipped` when there are any), for whoever reads the output by program.
 * A file that could not be loaded and an error outside of every test count as failures.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'pending') counts.failed++;
        else counts[state]++;
      }
    }
    // At the exit, so that nothing that another reporter or a teardown says comes after it. A run that fails without a failed test
    // (no test found, a set-up that throws) must not look like a passed one.
    process.once('exit', (code) => {
      const failed = counts.failed === 0 && code !== 0 ? 1 : counts.failed;
      process.stdout.write(`${counts.passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`);
    });
  }
}
