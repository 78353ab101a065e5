/** What the reports mean against the thresholds of canopy.yml. Pure. */
import type { CoverageCheck, LintCheck, TestsCheck } from '../config/types.ts';
import { failed, pass, type Outcome, type Verdict } from '../verdict.ts';
import { metrics, percent, type CoverageReport } from './coverage.ts';
import type { LintReport } from './eslint.ts';
import type { TestsReport } from './junit.ts';

/** One line of the summary. */
export interface Row {
  readonly gate: string;
  readonly result: string;
  readonly threshold: string;
  readonly outcome: Outcome;
}

export interface Judged {
  readonly verdict: Verdict;
  readonly rows: readonly Row[];
}

/** `code`: the exit code of the command, null when none was run. */
export function judgeTests(
  report: TestsReport,
  limits: Pick<TestsCheck, 'minPassRate' | 'maxSkipped'>,
  code: number | null,
): Judged {
  const run = report.tests - report.skipped;
  const rate = run > 0 ? percent(report.passed, run) : 0;
  const { minPassRate, maxSkipped } = limits;
  const names = report.failing.slice(0, 3).join('; ');
  const reasons = [
    report.tests === 0 && 'tests: the report holds no test',
    report.tests > 0 && run === 0 && `tests: all ${report.tests} were skipped`,
    run > 0 &&
      rate < minPassRate &&
      `tests: pass rate ${rate} % < ${minPassRate} % (${report.failed} failed: ${names})`,
    !explains(code, report.failed) &&
      `tests: ${unexplained(code)} though the report shows ${shownFailures(report.failed)}`,
  ].filter(isText);
  const skipped =
    maxSkipped !== null && report.skipped > maxSkipped
      ? [`tests: ${report.skipped} skipped > ${maxSkipped}`]
      : [];
  const time = `${Math.round(report.seconds * 10) / 10} s`;
  const result = `${report.passed} of ${run} passed (${rate} %), ${time}`;
  const rows = [
    { gate: 'tests', result, threshold: `>= ${minPassRate} %`, outcome: outcomeOf(reasons) },
    {
      gate: 'tests skipped',
      result: String(report.skipped),
      threshold: maxSkipped === null ? '-' : `<= ${maxSkipped}`,
      outcome: outcomeOf(skipped),
    },
  ];
  return { verdict: verdictOf([...reasons, ...skipped]), rows };
}

export function judgeCoverage(
  report: CoverageReport,
  limits: Pick<CoverageCheck, (typeof metrics)[number]>,
  code: number | null,
): Judged {
  const empty = report.shares.statements.total === 0 && report.shares.functions.total === 0;
  const below = metrics.map((metric) => {
    const share = report.shares[metric];
    const limit = limits[metric];
    const low = limit !== null && share.percent < limit;
    const reasons = low ? [`coverage: ${metric} ${share.percent} % < ${limit} %`] : [];
    const row: Row = {
      gate: `coverage ${metric}`,
      result: `${share.percent} % (${share.covered} of ${share.total})`,
      threshold: limit === null ? '-' : `>= ${limit} %`,
      outcome: empty ? 'fail' : outcomeOf(reasons),
    };
    return { reasons, row };
  });
  const reasons = [
    empty && 'coverage: the report covers no code',
    code !== null && code !== 0 && `coverage: ${unexplained(code)}`,
  ].filter(isText);
  return {
    verdict: verdictOf([...reasons, ...below.flatMap((each) => each.reasons)]),
    rows: below.map((each) => each.row),
  };
}

export function judgeLint(
  report: LintReport,
  limits: Pick<LintCheck, 'maxErrors' | 'maxWarnings'>,
  code: number | null,
): Judged {
  const { maxErrors, maxWarnings } = limits;
  const findings = report.errors + report.warnings;
  const errors = [
    report.files === 0 && 'lint: the report names no file',
    report.errors > maxErrors && `lint: ${report.errors} errors > ${maxErrors}`,
    !explains(code, findings) &&
      `lint: ${unexplained(code)} though the report shows ${shownFindings(findings)}`,
  ].filter(isText);
  const warnings =
    maxWarnings !== null && report.warnings > maxWarnings
      ? [`lint: ${report.warnings} warnings > ${maxWarnings}`]
      : [];
  const rows = [
    {
      gate: 'lint errors',
      result: `${report.errors} in ${report.files} files`,
      threshold: `<= ${maxErrors}`,
      outcome: outcomeOf(errors),
    },
    {
      gate: 'lint warnings',
      result: String(report.warnings),
      threshold: maxWarnings === null ? '-' : `<= ${maxWarnings}`,
      outcome: outcomeOf(warnings),
    },
  ];
  return { verdict: verdictOf([...errors, ...warnings]), rows };
}

/**
 * Whether a command may have ended so because of what its report shows. From 126 on it was not found or was killed, so
 * the report may be half of it; but mocha's code is the number of its failures, whatever that is.
 */
const explains = (code: number | null, failures: number): boolean =>
  code === null || code === 0 || (failures > 0 && (code < 126 || code === Math.min(failures, 255)));

const unexplained = (code: number | null): string => `the command ended with exit code ${code}`;
const shownFailures = (count: number): string => (count === 0 ? 'no failure' : `${count} failures`);
const shownFindings = (count: number): string => (count === 0 ? 'no finding' : `${count} findings`);
const isText = (value: string | false): value is string => value !== false;
const outcomeOf = (reasons: readonly string[]): Outcome => (reasons.length > 0 ? 'fail' : 'pass');
const verdictOf = (reasons: readonly string[]): Verdict => (reasons.length > 0 ? failed(...reasons) : pass());
