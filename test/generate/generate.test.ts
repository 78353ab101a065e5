import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { errorsPage } from '../../scripts/generate/errors-page.ts';
import { groovyCall, wordsOf } from '../../scripts/generate/example.ts';
import { helpPage, release, runner, wrapper } from '../../scripts/generate/groovy.ts';
import { keysPage } from '../../scripts/generate/keys-page.ts';
import { note } from '../../scripts/generate/note.ts';
import { readSteps } from '../../scripts/generate/registry.ts';
import { stepsPage } from '../../scripts/generate/steps-page.ts';
import { variableOf } from '../../scripts/generate/variable.ts';
import { entry } from '../../src/errors/kit/entry.ts';
import { catalogue } from '../../src/errors/catalogue.ts';
import { defineStep, type Step } from '../../src/step/declare/define.ts';

const root = resolve(import.meta.dirname, '../..');
const step: Step = defineStep({
  name: 'blow-up',
  summary: 'inflates a balloon',
  description: 'Slowly.',
  params: {
    action: { type: 'choice', describe: 'what', values: ['start', 'stop'], required: true, positional: 0 },
    colour: { type: 'string', describe: "the balloon's", positional: 1 },
    share: { type: 'percent', describe: 'how full', default: '50%' },
    only: { type: 'list', describe: 'which | ones' },
    rope: { type: 'boolean', describe: 'let it fly', default: true },
    wait: { type: 'duration', describe: 'how long' },
  },
  secrets: ['CANOPY_STORE'],
  uses: [],
  examples: [{ command: `canopy blow-up start "light red" --share 33`, says: 'a third' }],
  run: async () => ({ outcome: 'done' }),
}) as Step;

describe('generate', () => {
  it('names the variable of a step', () => {
    expect([variableOf('deploy'), variableOf('blow-up')]).to.deep.equal(['canopyDeploy', 'canopyBlowUp']);
  });

  it('writes a wrapper of two lines', () => {
    expect(wrapper(step).split('\n')).to.deep.equal([
      `// ${note}. It comes from steps/blow-up.ts.`,
      `Map call(Map args = [:]) { return canopyStep('blow-up', args) }`,
      '',
    ]);
  });

  const calls: readonly (readonly [string, string])[] = [
    ['canopy blow-up', 'canopyBlowUp()'],
    ['canopy blow-up start', `canopyBlowUp(action: 'start')`],
    ['canopy blow-up start "light red"', `canopyBlowUp(action: 'start', colour: 'light red')`],
    [`canopy blow-up start "it's"`, `canopyBlowUp(action: 'start', colour: 'it\\'s')`],
    ['canopy blow-up --share 33 --dry-run', `canopyBlowUp(share: 33, dryRun: true)`],
    ['canopy blow-up --share=33%', `canopyBlowUp(share: '33%')`],
    ['canopy blow-up --only a,b --no-rope', `canopyBlowUp(only: ['a', 'b'], rope: false)`],
    ['canopy blow-up --wait 30s', `canopyBlowUp(wait: '30s')`],
  ];
  for (const [command, call] of calls) {
    it(`translates ${command}`, () => expect(groovyCall(step, command)).to.equal(call));
  }

  it('refuses an example that could not be run', () => {
    expect(() => groovyCall(step, 'canopy blow-up start red blue')).to.throw('one word too many');
    expect(() => groovyCall(step, 'canopy blow-up --nonsense')).to.throw('there is no option --nonsense');
  });

  it('splits words as a shell does', () => {
    expect(wordsOf(`a 'b c' "d e" f'g'h ""`)).to.deep.equal(['a', 'b c', 'd e', 'fgh', '']);
  });

  it('explains each parameter in the help of Jenkins', () => {
    const text = helpPage(step);
    expect(text).to.match(/^canopyBlowUp inflates a balloon\.\n/);
    expect(text.trimEnd().split('\n').at(-1)).to.contain(note);
    expect(text).to.contain('  action  what (start | stop; needed)');
    expect(text).to.contain('  rope    false: let it fly (true or false; default true)');
    expect(text).to.contain('it may need CANOPY_STORE');
    expect(text).to.contain(`canopyBlowUp(action: 'start', colour: 'light red', share: 33)   // a third`);
    expect(text).not.to.match(/^ {2}(result|json) /m);
  });

  it('documents steps in one page, services without a variable', () => {
    const text = stepsPage([
      step,
      { ...step, name: 'serve', service: true, examples: [{ command: 'canopy serve', says: 'serves' }] },
    ]);
    expect(text).to.contain('| `only` | `--only ONLY` | which \\| ones (list of texts) |');
    expect(text).to.contain('| `rope` | `--no-rope` |');
    expect(text).to.contain('has no Jenkins variable');
    expect(text).not.to.contain('canopyServe');
  });

  it('fills the names of facts into the errors', () => {
    const text = errorsPage({
      b: entry<{ host: string }>(
        1,
        (d) => `no way to ${d.host}`,
        () => 'wait',
        true,
      ) as never,
      a: entry<{ x: number }>(
        2,
        (d) => `x is ${d.x}`,
        () => 'y',
      ) as never,
    });
    expect(text).to.contain(
      '## b\n\nExit code 1; the same call may succeed when it is made again.\n\n    no way to <host>\n\n    wait',
    );
    expect(text.indexOf('## a')).to.be.lessThan(text.indexOf('## b'));
  });

  it('every error can be documented: templates hold no logic', () => {
    const text = errorsPage(catalogue);
    expect(text).not.to.match(/undefined|\[object|\[secret\]|NaN/);
  });

  it('tells promised keys from the others', () => {
    const key = { type: 'string' as const, says: 'x' };
    const text = keysPage([
      { ...key, key: 'mine', promised: false },
      { ...key, key: 'yours', promised: true },
    ]);
    expect(text.indexOf('yours')).to.be.lessThan(text.indexOf('mine'));
  });

  it('leaves the sums of a checkout empty', () => {
    expect(release({ version: '1.2.3', sha256: '', sums: '', script: '' })).to.contain(
      `String sha256() { return '' }`,
    );
  });

  it('gives Groovy the script of a step as it stands', () => {
    const script = runner('#!/bin/sh\n(\n# run.sh\n) >&2\n', "#!/bin/sh\necho 'a\\b' $1\n");
    expect(script).to.equal("#!/bin/sh\n(\necho 'a\\b' $1\n) >&2\n");
    const text = release({ version: '1.2.3', sha256: '', sums: '', script });
    expect(text).to.contain(String.raw`echo \'a\\b\' $1`);
    expect(() => runner('#!/bin/sh\n', 'x')).to.throw('no place');
  });

  it('every example of every step can be run, and gives the same text twice', async () => {
    const steps = await readSteps(join(root, 'steps'));
    expect(steps.length).to.be.greaterThan(5);
    expect(stepsPage(steps)).to.equal(stepsPage(await readSteps(join(root, 'steps'))));
    for (const item of steps) expect(item.examples.length, item.name).to.be.greaterThan(0);
  });

  it('vars/ holds no step that is gone', async () => {
    const names = (await readSteps(join(root, 'steps')))
      .filter((item) => !item.service)
      .map((item) => variableOf(item.name));
    const generated = readdirSync(join(root, 'vars')).filter(
      (name) =>
        name.endsWith('.groovy') &&
        readFileSync(join(root, 'vars', name), 'utf8').includes(note) &&
        name !== 'canopyRelease.groovy',
    );
    expect(generated.map((name) => name.replace('.groovy', ''))).to.deep.equal([...names].sort());
  });
});
