import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { noLint, parseEslint } from '../../src/checks/eslint.ts';
import { noTests, parseJunit, type TestsReport } from '../../src/checks/junit.ts';

interface Case {
  readonly given: string;
  readonly xml?: string;
  readonly text?: string;
  readonly expect?: object;
  readonly reason?: string;
}
const text = (name: string): string =>
  readFileSync(new URL(`../cases/checks/${name}`, import.meta.url), 'utf8');
const cases = (name: string): Case[] => JSON.parse(text(`${name}.json`)) as Case[];
/** What a case does not name is nothing; a failure says nothing unless it is told. */
const junitOf = ({ expect: wanted }: Case): object => {
  const failing = (wanted as Partial<TestsReport> | undefined)?.failing ?? [];
  return { ...noTests, messages: failing.map(() => ''), ...wanted };
};

function check(each: Case, parsed: object, wanted: object): void {
  if (each.reason === undefined) return void expect(parsed).to.deep.equal(wanted);
  expect(parsed).to.have.all.keys('reason');
  expect((parsed as { reason: string }).reason).to.contain(each.reason);
}

describe('checks/junit', () => {
  for (const each of cases('junit'))
    it(`reads ${each.given}`, () => check(each, parseJunit(each.xml ?? ''), junitOf(each)));

  it('survives suites that are nested without end', () => {
    const deep = '<testsuite>'.repeat(50_000) + '</testsuite>'.repeat(50_000);
    expect(parseJunit(deep)).to.have.property('reason');
  });

  it('skips any number of comments before the root', () => {
    const comments = '<!-- a --><?b c?>\n'.repeat(5000);
    expect(parseJunit(`${comments}<testsuite><testcase name="a"/></testsuite>`)).to.include({ tests: 1 });
    expect(parseJunit(`${comments}<!doctype x><testsuite/>`)).to.deep.equal({
      reason: 'it has a document type',
    });
    expect(parseJunit(`${comments}<!-- `)).to.have.property('reason');
  });

  it('reads a large report', () => {
    const tests = '<testcase classname="a" name="b" time="0.01"><system-out>x</system-out></testcase>'.repeat(
      20_000,
    );
    expect(parseJunit(`<testsuite>${tests}</testsuite>`)).to.include({ tests: 20_000, passed: 20_000 });
  });
});

/** Reports as these programs write them; their own numbers differ in what they count. */
describe('checks/junit, as it is written', () => {
  const writers = JSON.parse(text('writers.json')) as (Partial<TestsReport> & { readonly writer: string })[];
  for (const { writer, ...wanted } of writers) {
    it(`reads what ${writer} writes`, () => {
      const read = parseJunit(text(`writers/${writer}.xml`)) as TestsReport;
      const { seconds: _, failing, messages, ...rest } = read;
      const { seconds: _s, failing: _f, messages: _m, ...none } = noTests;
      expect(rest).to.deep.equal({ ...none, ...wanted });
      expect(failing).to.have.length(wanted.failed ?? 0);
      expect(messages).to.have.length(failing.length);
    });
  }
});

describe('checks/eslint', () => {
  for (const each of cases('eslint'))
    it(`reads ${each.given}`, () => check(each, parseEslint(each.text ?? ''), { ...noLint, ...each.expect }));
});
