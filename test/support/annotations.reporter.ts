import type { Reporter, TestModule } from 'vitest/node';

/** Prints what passed tests have counted (`annotate`): a campaign that says nothing might as well have tried nothing. */
export default class AnnotationsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests('passed')) {
        for (const { message } of test.annotations()) process.stdout.write(`${test.fullName}: ${message}\n`);
      }
    }
  }
}
