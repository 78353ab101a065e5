/** Checks: tests, coverage and lint; reports in, verdict out. */
export { runChecks, type CheckOptions, type CheckPorts, type CheckResult, type GateResult } from './run.ts';
export type { GateName } from './gates.ts';
export type { CoverageReport } from './coverage.ts';
export type { LintReport } from './eslint.ts';
export type { TestsReport } from './junit.ts';
export type { Row } from './verdict.ts';
