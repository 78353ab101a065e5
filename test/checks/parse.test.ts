import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseEslint } from '../../src/checks/eslint.ts';
import { parseJunit } from '../../src/checks/junit.ts';

interface Case {
  readonly given: string;
  readonly xml?: string;
  readonly text?: string;
  readonly expect?: object;
  readonly reason?: string;
}
const cases = (name: string): Case[] =>
  JSON.parse(readFileSync(new URL(`../cases/checks/${name}.json`, import.meta.url), 'utf8')) as Case[];

function check(each: Case, parsed: object): void {
  if (each.reason === undefined) return void expect(parsed).to.deep.equal(each.expect);
  expect(parsed).to.have.all.keys('reason');
  expect((parsed as { reason: string }).reason).to.contain(each.reason);
}

describe('checks/junit', () => {
  for (const each of cases('junit')) it(`reads ${each.given}`, () => check(each, parseJunit(each.xml ?? '')));

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

describe('checks/eslint', () => {
  for (const each of cases('eslint'))
    it(`reads ${each.given}`, () => check(each, parseEslint(each.text ?? '')));
});
