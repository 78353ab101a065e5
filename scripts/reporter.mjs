// Mocha's spec reporter, which also writes the numbers to the file named by CANOPY_TEST_COUNTS.
import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

// eslint-disable-next-line no-restricted-syntax -- mocha takes a reporter by its default export
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const file = process.env.CANOPY_TEST_COUNTS;
      if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
}
