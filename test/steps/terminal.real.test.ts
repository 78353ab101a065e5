import { expect } from 'chai';
import { quote } from '../../src/commands/core/shell.ts';
import { needs } from '../support/needs.ts';
import { fixture, runFixture, start, type Ended } from './run.ts';

const ansi = /\u001b\[/;
const secret = 'open-sesame-4711';

/** On a terminal of its own, made by script(1). */
const onTerminal = (words: readonly string[], env = {}): Promise<Ended> => {
  const program = [process.execPath, ...fixture, ...words].map(quote).join(' ');
  const sized = `stty cols 100 rows 30; exec ${program}`;
  return start(['-qec', sized, '/dev/null'], { TERM: 'xterm', ...env }, 'script').ended;
};

describe('output on a terminal', function () {
  this.timeout(60_000);
  before(needs('script'));
  const leak = ['leak', '--text', secret];
  const env = { CANOPY_TOKEN: secret };

  it('is coloured and live; elsewhere it is neither', async () => {
    const [there, elsewhere] = await Promise.all([onTerminal(leak, env), runFixture(leak, env)]);
    expect(there.code).to.equal(1);
    expect(there.out).to.match(ansi).and.to.contain('[##########');
    expect(elsewhere.out).not.to.match(ansi);
    expect(elsewhere.out).not.to.contain('[####');
  });

  it('has no colour when NO_COLOR is set, and nothing moves on a dumb one', async () => {
    const [plain, empty, dumb] = await Promise.all([
      onTerminal(leak, { ...env, NO_COLOR: '1' }),
      onTerminal(leak, { ...env, NO_COLOR: '' }),
      onTerminal(leak, { ...env, TERM: 'dumb' }),
    ]);
    expect(plain.out).not.to.match(/\u001b\[3[0-9]m/);
    expect(empty.out).to.match(/\u001b\[3[0-9]m/);
    expect(dumb.out).not.to.match(ansi);
  });

  it('never shows a secret: events, warnings, live lines, the last words, what people are told about a defect', async () => {
    for (const does of ['leak', 'throw', 'throw-text', 'error', 'echo']) {
      for (const ran of [
        await onTerminal([does, '--text', secret], env),
        await runFixture([does, '--text', secret, '--json', '--why', `because ${secret}`], env),
        await runFixture(['--no-such-thing', does, '--weight', secret], env),
      ]) {
        expect(ran.out + ran.err).not.to.contain('sesame');
        expect(ran.out + ran.err).not.to.equal('');
      }
    }
  });

  it('masks what is handed to a step as free text before the step sees it, and no other text', async () => {
    const { out } = await runFixture(['echo', '--json', '--why', `because ${secret}`], {
      ...env,
      BUILD_TAG: `job-${secret}`,
    });
    expect((JSON.parse(out) as { data: object }).data).to.deep.include({
      why: 'because [secret]',
      actor: { name: 'job-[secret]', url: '', run: 'job-[secret]' },
    });
  });

  it('says that a secret is too short to be hidden', async () => {
    const { out } = await runFixture(['done', '--json'], { CANOPY_TOKEN: 'abc' });
    expect((JSON.parse(out) as { warnings: string[] }).warnings[0]).to.contain('CANOPY_TOKEN is too short');
  });
});
