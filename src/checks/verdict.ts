/** What the reports mean against the thresholds of canopy.yml. Pure. */
import type { CoverageCheck, LintCheck, TestsCheck } from '../config/types.ts';
import { failed, pass, type Outcome, type Verdict } from '../shared/verdict.ts';
import {
  metrics,
  percent,
  type CoverageReport,
  type CoverageMetric,
  type CoverageCount,
} from './coverage.ts';
import type { LintReport } from './eslint.ts';
import type { TestsReport } from './junit.ts';
import { few } from '../shared/text/few.ts';

/** One line of the summary. */
export interface ThresholdRow {
  readonly gate: string;
  readonly result: string;
  readonly threshold: string;
  readonly outcome: Outcome;
}

export interface CheckVerdict {
  readonly verdict: Verdict;
  readonly rows: readonly ThresholdRow[];
  /** What does not speak against it and should be known. */
  readonly warnings: readonly string[];
}

/** `code`: the exit code of the command, null when none was run. */
export function judgeTests(
  report: TestsReport,
  limits: Pick<TestsCheck, 'minPassRate' | 'maxSkipped'>,
  code: number | null,
): CheckVerdict {
  const run = report.tests - report.skipped;
  const rate = run > 0 ? percent(report.passed, run) : 0;
  const { minPassRate, maxSkipped } = limits;
  const reasons = [
    report.tests === 0 && `tests: ${nothing(code, 'the report holds no test')}`,
    report.tests > 0 && run === 0 && `tests: ${nothing(code, `all ${report.tests} were skipped`)}`,
    run > 0 &&
      rate < minPassRate &&
      `tests: pass rate ${rate} % < ${minPassRate} % (${report.failed} failed: ${failures(report)})`,
    run > 0 &&
      !explains(code, report.failed) &&
      `tests: ${unexplained(code)} though the report shows ${shownFailures(report.failed)}`,
  ].filter(isText);
  const skipped =
    maxSkipped !== null && report.skipped > maxSkipped
      ? [`tests: ${report.skipped} skipped > ${maxSkipped}`]
      : [];
  const time = `${Math.round(report.seconds * 10) / 10} s`;
  const flaky = report.flaky > 0 ? `, ${report.flaky} at a later try` : '';
  const result = `${report.passed} of ${run} passed (${rate} %)${flaky}, ${time}`;
  const rows = [
    { gate: 'tests', result, threshold: `>= ${minPassRate} %`, outcome: outcomeOf(reasons) },
    {
      gate: 'tests skipped',
      result: String(report.skipped),
      threshold: maxSkipped === null ? '-' : `<= ${maxSkipped}`,
      outcome: outcomeOf(skipped),
    },
  ];
  return { verdict: verdictOf([...reasons, ...skipped]), rows, warnings: remarks(report) };
}

/** The first that failed, each with what it says. */
const failures = ({ failing, messages }: TestsReport): string =>
  failing
    .slice(0, 3)
    .map((test, at) => (messages[at] ? `${test}: ${messages[at]}` : test))
    .join('; ');

const remarks = ({ unknown, declared, unlisted }: TestsReport): string[] =>
  [
    unknown.length > 0 &&
      `tests: a status that is not known here counts as failed: ${unknown.map((word) => `"${word}"`).join(', ')}`,
    declared > 0 && `tests: ${declared} that the report only declares, without a case, count as skipped`,
    unlisted > 0 && `tests: the report declares ${unlisted} more than it lists; those it lists are counted`,
  ].filter(isText);

export function judgeCoverage(
  report: CoverageReport,
  limits: Pick<CoverageCheck, (typeof metrics)[number]>,
  code: number | null,
): CheckVerdict {
  const empty = report.shares.statements.total === 0 && report.shares.functions.total === 0;
  const judged = metrics.map((metric) => judgeMetric(metric, report.shares[metric], limits[metric], empty));
  const reasons = [
    empty && `coverage: ${nothing(code, 'the report covers no code')}`,
    !empty && code !== null && code !== 0 && `coverage: ${unexplained(code)}`,
    ...judged.map(({ reason }) => reason),
  ].filter(isText);
  return {
    verdict: verdictOf(reasons),
    rows: judged.map(({ row }) => row),
    warnings: judged.map(({ warning }) => warning).filter(isText),
  };
}

/** Of nothing all is covered, and it proves nothing: code has lines, though it may have no branch and no function. */
function judgeMetric(
  metric: CoverageMetric,
  share: CoverageCount,
  limit: number | null,
  empty: boolean,
): { readonly row: ThresholdRow; readonly reason: string | false; readonly warning: string | false } {
  const none = share.total === 0;
  const needed = metric === 'lines' || metric === 'statements';
  const low = limit !== null && share.percent < limit;
  const lacking = limit !== null && none && !empty;
  const reason =
    (low && `coverage: ${metric} ${share.percent} % < ${limit} %`) ||
    (lacking && needed && limit > 0 && `coverage: the report holds no ${metric}`);
  const row: ThresholdRow = {
    gate: `coverage ${metric}`,
    result: none ? 'nothing to cover' : `${share.percent} % (${share.covered} of ${share.total})`,
    threshold: limit === null ? '-' : `>= ${limit} %`,
    outcome: empty || reason !== false ? 'fail' : 'pass',
  };
  const told = lacking && !needed;
  return {
    row,
    reason,
    warning: told && `coverage: the report holds no ${metric}: the threshold of ${limit} % says nothing`,
  };
}

export function judgeLint(
  report: LintReport,
  limits: Pick<LintCheck, 'maxErrors' | 'maxWarnings'>,
  code: number | null,
): CheckVerdict {
  const { maxErrors, maxWarnings } = limits;
  const findings = report.errors + report.warnings;
  const errors = [
    report.files === 0 && `lint: ${nothing(code, noFile(report))}`,
    report.fatal > 0 && `lint: could not be parsed: ${few(report.unparsed, report.fatal, '; ')}`,
    report.errors > maxErrors && `lint: ${report.errors} errors > ${maxErrors}`,
    report.files > 0 &&
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
      result: `${report.errors} in ${report.files} files${report.suppressed > 0 ? `, ${report.suppressed} suppressed` : ''}`,
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
  const told =
    report.ignored > 0 && `lint: ignored, so no rule has seen them: ${report.ignored} of the files named`;
  return { verdict: verdictOf([...errors, ...warnings]), rows, warnings: [told].filter(isText) };
}

const noFile = ({ ignored }: LintReport): string =>
  ignored > 0 ? `all ${ignored} files of the report are ignored` : 'the report names no file';

/**
 * Whether a command may have ended so because of what its report shows. From 126 on it was not found or was killed, so
 * the report may be half of it; but mocha's code is the number of its failures, whatever that is.
 */
const explains = (code: number | null, failures: number): boolean =>
  code === null || code === 0 || (failures > 0 && (code < 126 || code === Math.min(failures, 255)));

/** A report that says nothing: what the command said comes first. */
const nothing = (code: number | null, what: string): string =>
  code === null || code === 0 ? what : `${unexplained(code)}, and ${what}`;
const unexplained = (code: number | null): string => `the command ended with exit code ${code}`;
const shownFailures = (count: number): string => (count === 0 ? 'no failure' : `${count} failures`);
const shownFindings = (count: number): string => (count === 0 ? 'no finding' : `${count} findings`);
const isText = (value: string | false): value is string => value !== false;
const outcomeOf = (reasons: readonly string[]): Outcome => (reasons.length > 0 ? 'fail' : 'pass');
const verdictOf = (reasons: readonly string[]): Verdict => (reasons.length > 0 ? failed(...reasons) : pass());
