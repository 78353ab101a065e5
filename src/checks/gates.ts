/** The gates of a canopy.yml: what each runs, who writes its reports, how they are read and judged. Pure. */
import type { ChecksConfig, CoverageCheck, Lines, LintCheck, TestsCheck } from '../config/types.ts';
import { mergeCoverage, type CoverageReport } from './coverage.ts';
import { addLint, noLint, parseEslint, type LintReport } from './eslint.ts';
import { addTests, noTests, parseJunit, type TestsReport } from './junit.ts';
import { judgeCoverage, judgeLint, judgeTests, type CheckVerdict } from './verdict.ts';

export type GateName = 'tests' | 'coverage' | 'lint';

export interface CheckGate {
  readonly name: GateName;
  readonly run: Lines;
  readonly report: readonly string[];
  /** The gate whose command writes these reports; null: they were there before. */
  readonly writer: GateName | null;
  /** Whether a text is, or began as, such a report. */
  isReport(text: string): boolean;
  reader(): ReportReader;
}

interface ReportReader {
  /** Takes one report of several; returns why it is none, or null. */
  add(text: string): string | null;
  judge(code: number | null): CheckVerdict & { readonly report: TestsReport | CoverageReport | LintReport };
}

/** The gates that are configured, in the order they run; `only`: some of them, none named means all. */
export function gatesOf(checks: ChecksConfig, only: readonly string[]): readonly CheckGate[] {
  const wanted = (name: GateName): boolean => only.length === 0 || only.includes(name);
  const tests = wanted('tests') ? checks.tests : null;
  const coverage = wanted('coverage') ? checks.coverage : null;
  const lint = wanted('lint') ? checks.lint : null;
  return [
    ...(tests ? [testsGate(tests)] : []),
    // Coverage without a command of its own is what the tests leave behind.
    ...(coverage ? [coverageGate(coverage, (tests?.run.length ?? 0) > 0)] : []),
    ...(lint ? [lintGate(lint)] : []),
  ];
}

const empty = /^\s*(\{\s*\}|\[\s*\])?\s*$/;
const writes = (name: GateName, run: Lines): GateName | null => (run.length > 0 ? name : null);

function testsGate(check: TestsCheck): CheckGate {
  return {
    name: 'tests',
    run: check.run,
    report: check.report,
    writer: writes('tests', check.run),
    isReport: (text) => empty.test(text) || /<testsuites?[\s/>]/.test(text.slice(0, 65_536)),
    reader: () => {
      let sum = noTests;
      return {
        add: (text) => {
          const read = parseJunit(text);
          if ('reason' in read) return read.reason;
          sum = addTests(sum, read);
          return null;
        },
        judge: (code) => ({ ...judgeTests(sum, check, code), report: sum }),
      };
    },
  };
}

function coverageGate(check: CoverageCheck, byTests: boolean): CheckGate {
  return {
    name: 'coverage',
    run: check.run,
    report: check.report,
    writer: writes('coverage', check.run) ?? (byTests ? 'tests' : null),
    isReport: (text) => empty.test(text) || text.includes('"statementMap"'),
    reader: () => {
      const merger = mergeCoverage();
      return {
        add: (text) => merger.add(text),
        judge: (code) => {
          const report = merger.report();
          return { ...judgeCoverage(report, check, code), report };
        },
      };
    },
  };
}

function lintGate(check: LintCheck): CheckGate {
  return {
    name: 'lint',
    run: check.run,
    report: check.report,
    writer: writes('lint', check.run),
    isReport: (text) => empty.test(text) || text.includes('"filePath"'),
    reader: () => {
      let sum = noLint;
      return {
        add: (text) => {
          const read = parseEslint(text);
          if ('reason' in read) return read.reason;
          sum = addLint(sum, read);
          return null;
        },
        judge: (code) => ({ ...judgeLint(sum, check, code), report: sum }),
      };
    },
  };
}
