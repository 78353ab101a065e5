// Mocha's spec reporter, which also writes what is counted to the file named by CANOPY_TEST_COUNTS.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import mocha from 'mocha';

// eslint-disable-next-line no-restricted-syntax -- mocha takes a reporter by its default export
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // Ended by a signal nothing would be cleaned up: what the tests have started ends at the exit.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
    const nameOf = (file) => (file ? relative(process.cwd(), file) : '');
    const failures = [];
    /** Milliseconds by file, set-up and clean-up included. */
    const took = {};
    let since = 0;
    runner.on('suite', (suite) => {
      if (suite.parent?.root) since = Date.now();
    });
    runner.on('suite end', (suite) => {
      if (!suite.parent?.root) return;
      const file = nameOf(suite.file);
      took[file] = (took[file] ?? 0) + Date.now() - since;
    });
    runner.on('fail', (test, error) => {
      const title = test.titlePath().join(' › ');
      failures.push({ file: nameOf(test.file ?? test.parent?.file), title, message: String(error?.message) });
    });
    runner.once('end', () => {
      const { passes, failures: failed, pending } = this.stats;
      const file = process.env.CANOPY_TEST_COUNTS;
      const counts = { passed: passes, failed, skipped: pending, failures, took };
      if (file) writeFileSync(file, JSON.stringify(counts));
    });
  }
}
