import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { commonParams } from '../../src/step/arguments/parse.ts';
import { kebab } from '../../src/step/arguments/words.ts';
import type { Step } from '../../src/step/declare/define.ts';
import { tempFolder } from '../support/temp.ts';
import { root, runFixture, runStep, start } from './run.ts';

const names = readdirSync(join(root, 'steps')).map((file) => file.replace(/\.ts$/, ''));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

describe('compiled steps', function () {
  this.timeout(60_000);
  const folder = tempFolder();

  for (const name of names) {
    it(`${name}: tells its help, its version, and what is wrong with a call`, async () => {
      const { default: step } = (await import(join(root, 'steps', `${name}.ts`))) as { default: Step };
      const file = join(folder(), `${name}.json`);
      const [help, told, wrong, loose] = await Promise.all([
        runStep(name, ['--help']),
        runStep(name, ['--version']),
        runStep(name, ['--json', '--no-such-thing', '--result', file]),
        runStep(name, ['--no-such-thing', 'value', '--help'], {
          CANOPY_PARAMS: '{',
          CANOPY_BOUND: 'A_FILE',
          A_FILE: '/no',
        }),
      ]);
      expect([help.code, help.err]).to.deep.equal([0, '']);
      for (const [param, { positional, placeholder }] of Object.entries({
        ...step.params,
        ...commonParams,
      } as Step['params']))
        expect(help.out).to.contain(
          positional === undefined ? kebab(param) : (placeholder ?? param.toUpperCase()),
        );
      for (const { command } of step.examples) expect(help.out).to.contain(command);
      expect(step.examples).not.to.have.length(0);
      expect(loose).to.include({ code: 0, out: help.out });
      expect([told.code, told.out, told.err]).to.deep.equal([0, `${version}\n`, '']);
      expect(wrong.code).to.equal(2);
      const document = JSON.parse(wrong.out) as { errors: { code: string }[] };
      expect(document).to.include({ step: name, ok: false, exit: 2, outcome: 'failed' });
      expect(document.errors[0]?.code).to.equal('usage');
      expect(JSON.parse(readFileSync(file, 'utf8'))).to.deep.equal(document);
      expect(wrong.err).to.contain('--no-such-thing').and.to.contain(`canopy ${name} --help`);
    });
  }

  it('canopy tells an unknown step with a document, too', async () => {
    const file = join(folder(), 'unknown.json');
    const { code, out } = await start([join(root, 'dist/canopy.js'), 'deplyo', '--json', '--result', file])
      .ended;
    expect(code).to.equal(2);
    expect(JSON.parse(out)).to.deep.include({ exit: 2, ok: false });
    expect(readFileSync(file, 'utf8')).to.contain('did you mean deploy?');
  });
});

describe('parameters that a wrapper hands over', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  const hostile = `it's "quoted"\n\`id\` $(id) \${HOME} \\ ünï 漢字 🚀 \u0000 -- --json`;

  for (const [what, text] of Object.entries({ hostile, long: 'é'.repeat(100_000) })) {
    it(`arrive as they are: ${what}`, async () => {
      const file = join(folder(), 'params.json');
      writeFileSync(file, JSON.stringify({ does: 'echo', text }));
      const ran = await runFixture(['--json'], { CANOPY_PARAMS_FILE: file, CANOPY_PARAMS: '' });
      expect(ran.code, ran.err).to.equal(0);
      expect((JSON.parse(ran.out) as { data: { text: string } }).data.text).to.equal(text);
      if (text.length > 1000) return;
      const direct = await runFixture(['--json'], {
        CANOPY_PARAMS: JSON.stringify({ does: 'echo', text, result: null }),
      });
      expect((JSON.parse(direct.out) as { data: { text: string } }).data.text).to.equal(text);
    });
  }

  it('ask for JSON and a result file like options do', async () => {
    const file = join(folder(), 'asked.json');
    const { code, out } = await runFixture([], {
      CANOPY_PARAMS: JSON.stringify({ does: 'done', json: true, result: file }),
    });
    expect([code, out]).to.deep.equal([0, readFileSync(file, 'utf8')]);
  });

  const broken: [string, Record<string, string>][] = [
    ['half a document', { CANOPY_PARAMS: '{"does":' }],
    ['a list', { CANOPY_PARAMS: '[1]' }],
    ['no object', { CANOPY_PARAMS: 'null' }],
    ['a file that is not there', { CANOPY_PARAMS_FILE: '/no/such/file' }],
    ['a folder', { CANOPY_PARAMS_FILE: '/tmp' }],
  ];
  for (const [what, env] of broken) {
    it(`are refused: ${what}`, async () => {
      const { code, out } = await runFixture(['done', '--json'], env);
      expect([code, (JSON.parse(out) as { errors: { code: string }[] }).errors[0]?.code]).to.deep.equal([
        2,
        'params-json',
      ]);
    });
  }

  it('cannot reach the prototype of anything', async () => {
    const { code } = await runFixture(['done', '--json'], {
      CANOPY_PARAMS: '{"__proto__":{"x":1},"constructor":1}',
    });
    expect(code).to.equal(2);
  });
});

describe('the result', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  const exits = {
    done: 0,
    unchanged: 0,
    pass: 0,
    mixed: 1,
    failed: 1,
    fail: 3,
    inconclusive: 3,
    reverted: 3,
    frozen: 3,
  };

  it('has the exit code of its outcome, in the document and for the process', async () => {
    const all = await Promise.all(
      Object.entries(exits).map(async ([outcome, exit]) => ({
        outcome,
        exit,
        ran: await runFixture([outcome, '--json']),
      })),
    );
    for (const { outcome, exit, ran } of all) {
      expect(ran.code, outcome).to.equal(exit);
      expect(JSON.parse(ran.out)).to.include({ outcome, exit, ok: exit === 0, step: 'fixture' });
    }
  });

  it('is readable for its owner only', async () => {
    const file = join(folder(), 'mode.json');
    await runFixture(['done', '--result', file]);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it('keeps what is ours when a secret has the same letters', async () => {
    const { code, out } = await runFixture(['done', '--json'], {
      CANOPY_TOKEN: 'fixture',
      CANOPY_ALERT_TOKEN: 'done',
    });
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.deep.include({
      step: 'fixture',
      outcome: 'done',
      reasons: ['because [secret]'],
    });
  });

  it('tells a defect of ours with its place', async () => {
    for (const [does, part] of [
      ['throw', 'fixture.ts'],
      ['throw-text', 'oops'],
      ['nonsense', 'TypeError'],
    ] as const) {
      const { code, out } = await runFixture([does, '--json', '--text', 'oops']);
      const document = JSON.parse(out) as { errors: { code: string; message: string }[] };
      expect([code, document.errors[0]?.code]).to.deep.equal([1, 'internal']);
      expect(document.errors[0]?.message).to.contain(part);
    }
  });

  it('comes also after what nobody caught, and the step could come to a safe state', async () => {
    for (const does of ['uncaught', 'rejected']) {
      const { code, out, err } = await runFixture([does, '--json', '--text', 'sesame-open'], {
        CANOPY_TOKEN: 'sesame-open',
      });
      const document = JSON.parse(out) as { errors: { code: string; message: string }[]; data: object };
      expect([code, document.errors[0]?.code]).to.deep.equal([1, 'internal']);
      expect(document.errors[0]?.message).to.match(/nobody (catches|awaits) \[secret\]/);
      if (does === 'uncaught') expect(document.data).to.deep.equal({ safe: true });
      expect(out + err).not.to.contain('sesame');
    }
  });

  it('comes also when the step waits for something that never comes', async () => {
    const { code, out } = await runFixture(['never', '--json']);
    expect([code, (JSON.parse(out) as { errors: { code: string }[] }).errors[0]?.code]).to.deep.equal([
      1,
      'internal',
    ]);
  });
});

describe('an option without its value', () => {
  it('does not swallow the next option: a dry run stays one', async function () {
    this.timeout(20_000);
    const { code, out } = await runFixture(['done', '--json', '--text', '--dry-run']);
    expect([code, (JSON.parse(out) as { reasons: string[] }).reasons]).to.deep.equal([
      2,
      ['--text needs a value; if --dry-run is meant, write --text=--dry-run'],
    ]);
    const { out: meant } = await runFixture(['echo', '--json', '--text=--dry-run']);
    expect((JSON.parse(meant) as { data: object }).data).to.include({ text: '--dry-run' });
  });
});
