import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { percent, type CoverageReport } from '../../src/checks/coverage.ts';
import { noLint } from '../../src/checks/eslint.ts';
import { noTests } from '../../src/checks/junit.ts';
import { table } from '../../src/checks/table.ts';
import { judgeCoverage, judgeLint, judgeTests, type CheckVerdict } from '../../src/checks/verdict.ts';

interface Case {
  readonly given: string;
  readonly report?: object;
  readonly covered: readonly [number, number, number, number];
  readonly total: readonly [number, number, number, number];
  readonly limits?: object;
  readonly code: number | null;
  readonly reasons: readonly string[];
  readonly warnings?: readonly string[];
}
type Cases = Readonly<Record<'tests' | 'coverage' | 'lint', readonly Case[]>>;
const file = new URL('../cases/checks/verdict.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as Cases;

const coverageOf = ({ covered, total }: Case): CoverageReport => {
  const share = (index: 0 | 1 | 2 | 3) => ({
    covered: covered[index],
    total: total[index],
    percent: percent(covered[index], total[index]),
  });
  return {
    files: 1,
    shares: { lines: share(0), branches: share(1), functions: share(2), statements: share(3) },
  };
};
const noLimits = { lines: null, branches: null, functions: null, statements: null };
const judges: Readonly<Record<keyof Cases, (each: Case) => CheckVerdict>> = {
  tests: (each) =>
    judgeTests(
      { ...noTests, ...each.report },
      { minPassRate: 100, maxSkipped: null, ...each.limits },
      each.code,
    ),
  coverage: (each) => judgeCoverage(coverageOf(each), { ...noLimits, ...each.limits }, each.code),
  lint: (each) =>
    judgeLint({ ...noLint, ...each.report }, { maxErrors: 0, maxWarnings: null, ...each.limits }, each.code),
};

describe('checks/verdict', () => {
  for (const gate of ['tests', 'coverage', 'lint'] as const) {
    for (const each of cases[gate]) {
      it(`${gate}: ${each.given}`, () => {
        const { verdict, rows, warnings } = judges[gate](each);
        expect(verdict.reasons).to.deep.equal(each.reasons);
        expect(warnings).to.deep.equal(each.warnings ?? []);
        expect(verdict.outcome).to.equal(each.reasons.length > 0 ? 'fail' : 'pass');
        // A reason without a row that fails would be hidden in the summary; the command's own code has no row of coverage.
        const shown = rows.some((row) => row.outcome === 'fail');
        if (!each.reasons.some((reason) => /coverage: the command/.test(reason))) {
          expect(shown).to.equal(each.reasons.length > 0);
        }
      });
    }
  }

  it('rounds down like istanbul', () => {
    expect([
      percent(79_996, 100_000),
      percent(2, 3),
      percent(0, 0),
      percent(7, 100),
      percent(29, 100),
    ]).to.deep.equal([79.99, 66.66, 100, 7, 29]);
  });
});

describe('checks/table', () => {
  it('tells what passed at a later try, what is suppressed, and where there is nothing to cover', () => {
    const limits = { maxErrors: 0, maxWarnings: null };
    const results = [
      ...judgeTests({ ...noTests, tests: 3, passed: 3, flaky: 1 }, { minPassRate: 100, maxSkipped: null }, 0)
        .rows,
      ...judgeLint({ ...noLint, files: 2, suppressed: 3 }, limits, 0).rows,
      ...judgeCoverage(
        coverageOf({ given: '', covered: [1, 0, 1, 1], total: [1, 0, 1, 1], code: 0, reasons: [] }),
        noLimits,
        0,
      ).rows,
    ].map(({ result }) => result);
    expect(results[0]).to.equal('3 of 3 passed (100 %), 1 at a later try, 0 s');
    expect(results[2]).to.equal('0 in 2 files, 3 suppressed');
    expect(results[5]).to.equal('nothing to cover');
  });

  it('aligns its columns and ends without a newline', () => {
    const rows = [
      ...judgeTests(
        { ...noTests, tests: 3, passed: 2, failed: 1, seconds: 1.25 },
        { minPassRate: 100, maxSkipped: 5 },
        1,
      ).rows,
      { gate: 'lint errors', result: '0 in 12 files', threshold: '<= 0', outcome: 'pass' as const },
    ];
    expect(table(rows).split('\n')).to.deep.equal([
      'gate           result                          threshold  verdict',
      'tests          2 of 3 passed (66.66 %), 1.3 s  >= 100 %   fail',
      'tests skipped  0                               <= 5       pass',
      'lint errors    0 in 12 files                   <= 0       pass',
    ]);
  });
});
