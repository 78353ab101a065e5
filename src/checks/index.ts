/** Checks: tests, coverage and lint; reports in, verdict out. */
export { runChecks, type CheckResult } from './run.ts';
