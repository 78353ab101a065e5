import { expect } from 'chai';
import { runChecks, type CheckResult } from '../../src/checks/index.ts';
import type { ChecksConfig } from '../../src/config/types.ts';
import { recordingExec, recordingFiles } from '../../src/drivers/recording.ts';
import type { Log } from '../../src/ports/ports.ts';
import { fakeExec, type FakeExec, type Program } from '../fakes/exec.ts';
import { fakeFiles, type FakeFiles } from '../fakes/files.ts';
import { thrown } from '../support/thrown.ts';
import { recorder } from '../support/recorder.ts';

const silent = (): void => undefined;
const log: Log = { info: silent, warn: silent, debug: silent, progress: silent };
const tests = (run = ['test'], report = ['reports/*.xml']) => ({
  run,
  report,
  minPassRate: 100,
  maxSkipped: 5,
});
const coverage = (run: string[] = [], report = ['coverage/**/coverage-final.json']) => ({
  ...{ run, report, lines: 80, branches: null, functions: null, statements: null },
});
const lint = (run = ['lint'], report = ['reports/eslint.json']) => ({
  run,
  report,
  maxErrors: 0,
  maxWarnings: 10,
});
const none: ChecksConfig = { tests: null, coverage: null, lint: null };

const green = '<testsuite name="a"><testcase name="one"/></testsuite>';
const red =
  '<testsuite name="a"><testcase name="one"/><testcase name="two"><failure/></testcase></testsuite>';
const clean = '[{"filePath":"/a.js","messages":[],"errorCount":0,"warningCount":0}]';
const covered = (hits: number): string =>
  JSON.stringify({
    '/a.js': {
      ...{ path: '/a.js', fnMap: {}, branchMap: {}, f: {}, b: {}, s: { 0: hits } },
      statementMap: { 0: { start: { line: 1, column: 0 }, end: { line: 1, column: 9 } } },
    },
  });

interface Setting {
  readonly files: FakeFiles;
  readonly exec: FakeExec;
  run(checks: Partial<ChecksConfig>, only?: string[], signal?: AbortSignal): Promise<CheckResult>;
}
function setting(
  start: Record<string, string>,
  programs: Record<string, (files: FakeFiles) => ReturnType<Program>>,
): Setting {
  const files = fakeFiles('/app', start);
  const bound = Object.entries(programs).map(([name, program]) => [name, () => program(files)] as const);
  const exec = fakeExec(Object.fromEntries(bound));
  const run: Setting['run'] = (checks, only = [], signal) =>
    runChecks({ ...none, ...checks }, '/app', { exec, files, log }, { only }, signal);
  return { files, exec, run };
}
const writes =
  (path: string, text: string, code = 0) =>
  (files: FakeFiles) => {
    files.stored.set(`/app/${path}`, text);
    return { code, stderr: code === 0 ? '' : 'it failed\n' };
  };

describe('checks/run', () => {
  it('runs all gates and tells each', async () => {
    const { run } = setting(
      { 'coverage/a/coverage-final.json': covered(1) },
      { test: writes('reports/a.xml', green), lint: writes('reports/eslint.json', clean) },
    );
    const { verdict, gates, table } = await run({ tests: tests(), lint: lint() });
    expect(verdict).to.deep.equal({ outcome: 'pass', reasons: [] });
    expect(gates.map(({ gate, files, code }) => [gate, files, code])).to.deep.equal([
      ['tests', ['reports/a.xml'], 0],
      ['lint', ['reports/eslint.json'], 0],
    ]);
    expect(table.split('\n')).to.have.length(5);
  });

  it('says no when tests fail, though the command ends with 1', async () => {
    const { run } = setting({}, { test: writes('reports/a.xml', red, 1) });
    const { verdict } = await run({ tests: tests() });
    expect(verdict).to.deep.equal({
      outcome: 'fail',
      reasons: ['tests: pass rate 50 % < 100 % (1 failed: a > two)'],
    });
  });

  it('adds shards', async () => {
    const { run } = setting({ 'reports/1.xml': green, 'reports/2.xml': red, 'reports/3.xml': green }, {});
    const { gates } = await run({ tests: tests([]) });
    expect(gates[0]?.report).to.include({ tests: 4, passed: 3, failed: 1 });
  });

  it('never counts a report of an earlier run', async () => {
    const { run, files } = setting(
      { 'reports/old.xml': green, 'reports/deep/old.xml': green },
      { test: writes('reports/new.xml', red, 1) },
    );
    const { gates } = await run({ tests: tests(['test'], ['reports/**/*.xml']) });
    expect(gates[0]?.files).to.deep.equal(['reports/new.xml']);
    expect(files.stored.has('/app/reports/old.xml')).to.be.false;
  });

  it('says that a command wrote no report, whatever lay there before', async () => {
    const { run } = setting(
      { 'reports/old.xml': green },
      { test: () => ({ code: 2, stderr: 'no such module\n' }) },
    );
    const error = await thrown(run({ tests: tests() }));
    expect(error.code).to.equal('check-run');
    expect(error.message).to.contain('no such module');
    const silently = setting({ 'reports/old.xml': green }, { test: () => ({}) });
    expect((await thrown(silently.run({ tests: tests() }))).code).to.equal('report-none');
  });

  it('says first how the command ended, whatever report it left', async () => {
    const left = async (text: string, code: number): Promise<string> =>
      (await thrown(setting({}, { test: writes('reports/a.xml', text, code) }).run({ tests: tests() })))
        .message;
    expect(await left('', 1)).to.equal(
      'tests: the command ended with exit code 1 and left a report that cannot be read (reports/a.xml: it is empty): it failed',
    );
    expect(await left('<testsuite>', 134)).to.match(/^tests: the command ended with exit code 134 and left/);
    expect(await left('\n', 0)).to.equal('tests: cannot read the report reports/a.xml: it is empty');
    const none = setting({}, { test: writes('reports/a.xml', '<testsuites/>', 2) });
    expect((await none.run({ tests: tests() })).verdict.reasons).to.deep.equal([
      'tests: the command ended with exit code 2, and the report holds no test',
    ]);
  });

  it('says of coverage that is missing how the tests ended', async () => {
    const { run } = setting({}, { test: writes('reports/a.xml', red, 1) });
    const error = await thrown(run({ tests: tests(), coverage: coverage() }));
    expect(error.message).to.equal(
      'coverage: the command of tests ended with exit code 1 and wrote no report: it failed',
    );
    expect(error.problems[0]?.hint).to.contain('checks.tests.run');
  });

  it('warns of what a report tells beside its verdict', async () => {
    const warned: string[] = [];
    const files = fakeFiles('/app', {
      'reports/a.xml': '<testsuite tests="3"><testcase name="a"/></testsuite>',
    });
    const ports = {
      exec: fakeExec({}),
      files,
      log: { ...log, warn: (text: string) => void warned.push(text) },
    };
    const { gates } = await runChecks({ ...none, tests: tests([]) }, '/app', ports);
    expect(warned).to.deep.equal([
      'tests: the report declares 2 more than it lists; those it lists are counted',
    ]);
    expect(gates[0]?.warnings).to.deep.equal(warned);
  });

  it('takes coverage that the tests did not write anew for stale', async () => {
    const start = { 'coverage/coverage-final.json': covered(1) };
    const { run } = setting(start, { test: writes('reports/a.xml', green) });
    expect((await thrown(run({ tests: tests(), coverage: coverage() }))).code).to.equal('report-none');
    const alone = setting(start, {});
    expect(
      (await alone.run({ tests: tests(), coverage: coverage() }, ['coverage'])).verdict.outcome,
    ).to.equal('pass');
    const before = setting({ ...start, 'reports/a.xml': green }, {});
    expect((await before.run({ tests: tests([]), coverage: coverage() })).verdict.outcome).to.equal('pass');
  });

  it('removes reports only: other files that match stay', async () => {
    const { run, files } = setting(
      { 'pom.xml': '<project/>', 'a/TEST-a.xml': green, 'a/empty.xml': '' },
      { test: writes('a/TEST-b.xml', green) },
    );
    const error = await thrown(run({ tests: tests(['test'], ['**/*.xml']) }));
    expect(error.message).to.contain('cannot read the report pom.xml');
    expect([...files.stored.keys()]).to.deep.equal(['/app/pom.xml', '/app/a/TEST-b.xml']);
  });

  it('removes nothing when it runs nothing', async () => {
    const { run, files } = setting({ 'reports/a.xml': green }, {});
    await run({ tests: tests([]) });
    expect(files.stored.has('/app/reports/a.xml')).to.be.true;
  });

  it('wants each pattern to match', async () => {
    const { run } = setting({ 'a/1.xml': green }, {});
    const error = await thrown(run({ tests: tests([], ['a/*.xml', 'b/*.xml']) }));
    expect(error.message).to.equal('tests: no report matches "b/*.xml"');
  });

  it('names the report that is broken, and tells the other gates all the same', async () => {
    const { run } = setting(
      {},
      { test: writes('reports/a.xml', '<testsuite>'), lint: writes('reports/eslint.json', clean) },
    );
    const error = await thrown(run({ tests: tests(), lint: lint() }));
    expect(error.code).to.equal('report-broken');
    expect(error.message).to.contain('reports/a.xml');
    expect((error.data as unknown as CheckResult).gates.map(({ gate }) => gate)).to.deep.equal(['lint']);
    const both = await thrown(setting({}, {}).run({ tests: tests([]), lint: lint([]) }));
    expect(both.problems).to.have.length(2);
  });

  it('runs only what is asked for', async () => {
    const { run, exec } = setting({}, { test: writes('reports/a.xml', green) });
    const { gates } = await run({ tests: tests(), lint: lint() }, ['tests']);
    expect(gates).to.have.length(1);
    expect(exec.ran.map(({ line }) => line)).to.deep.equal(['test']);
    const error = await thrown(run({ tests: tests() }, ['lint']));
    expect(error.message).to.equal('there is no check "lint"; canopy.yml has: tests');
    expect((await thrown(run({}))).code).to.equal('check-nothing');
  });

  it('stops with the signal at once', async () => {
    const controller = new AbortController();
    const { run, exec } = setting(
      {},
      { test: () => new Promise(() => controller.abort(new Error('SIGTERM'))) },
    );
    const error = await thrown(run({ tests: tests(), lint: lint() }, [], controller.signal));
    expect(error.exit).to.equal(5);
    expect(exec.ran).to.have.length(1);
  });

  it('judges nothing in a dry run, and touches nothing', async () => {
    const { files, exec } = setting({ 'reports/a.xml': red, 'coverage/coverage-final.json': covered(0) }, {});
    const ports = {
      exec: recordingExec(exec, recorder(log)),
      files: recordingFiles(files, recorder(log)),
      log,
    };
    const checks = { tests: tests(), coverage: coverage(), lint: lint([], ['reports/eslint.json']) };
    files.stored.set('/app/reports/eslint.json', clean);
    const { verdict, gates } = await runChecks(checks, '/app', ports);
    expect(verdict.outcome).to.equal('pass');
    expect(gates.map(({ rows }) => rows[0]?.result)).to.deep.equal(['not run', 'not run', '0 in 1 files']);
    expect(files.stored.size).to.equal(3);
  });
});
