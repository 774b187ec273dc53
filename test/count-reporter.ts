import { writeSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

const STDOUT = 1;

/** How many test cases ended how; a suite that failed to load or unhandled errors count as failed. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

function countLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Prints the count line as the very last line of a run, after every other reporter and teardown. */
export default class CountReporter implements Reporter {
  #counts: Counts | undefined;

  onTestRunEnd(
    modules: ReadonlyArray<TestModule>,
    unhandledErrors: ReadonlyArray<SerializedError>,
  ): void {
    const first = this.#counts === undefined;
    this.#counts = countsOf(modules, unhandledErrors.length);
    // Once: a watched run ends many times and the process only once.
    if (first) process.on('exit', () => this.#print());
  }

  #print(): void {
    // A write that is synchronous even to a pipe: the process is about to be gone.
    if (this.#counts !== undefined) writeSync(STDOUT, `${countLine(this.#counts)}\n`);
  }
}

function countsOf(modules: ReadonlyArray<TestModule>, unhandledErrors: number): Counts {
  const counts: Counts = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    const failedBefore = counts.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'failed') counts.failed += 1;
      else counts.skipped += 1;
    }
    // An import or a hook that failed: the module failed, though none of its tests did.
    if (module.state() === 'failed' && counts.failed === failedBefore) counts.failed += 1;
  }
  return counts;
}
