import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { world, type World } from './setting.ts';

describe('gates: a command on this machine', function () {
  this.timeout(30_000);
  before(needs('sh', 'setsid'));
  const folder = tempFolder();
  const of = (script: string, more = '', options: Parameters<typeof world>[1] = {}): World => {
    writeFileSync(join(folder(), 'smoke.sh'), script);
    return world(`{ name: smoke, command: sh ./smoke.sh${more} }`, { folder: folder(), ...options });
  };
  const lives = (pid: number): boolean =>
    existsSync(`/proc/${pid}/stat`) && !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const pidIn = (file: string): number =>
    existsSync(join(folder(), file)) ? Number(readFileSync(join(folder(), file), 'utf8')) : 0;

  for (const [says, script, outcome, reason] of [
    ['exit code 0', 'echo one; echo two', 'pass', 'smoke: two'],
    ['exit code 0 without a word', ':', 'pass', 'smoke: it ended with exit code 0'],
    ['exit code 75', 'echo "the cache is cold"; exit 75', 'unknown', 'smoke: the cache is cold'],
    ['exit code 1', 'echo "checkout answers 500" >&2; exit 1', 'fail', 'smoke: checkout answers 500'],
    ['another exit code, empty lines at the end', 'printf "no\\n\\n  \\n"; exit 42', 'fail', 'smoke: no'],
    ['a last line without its end', 'printf "a\\nb"; exit 2', 'fail', 'smoke: b'],
    ['a command that is not there', './not-there.sh; exit $?', 'fail', /^smoke: .*not-there\.sh: not found$/],
    ['one that a signal ends', 'kill -KILL $$', 'fail', /^smoke: .*/],
    ['signs that move a cursor', 'printf "\\033[2Jx\\ry\\n"; exit 1', 'fail', 'smoke: [2Jx y'],
    ['a very long line', 'head -c 300000 /dev/zero | tr "\\0" x; exit 1', 'fail', /^smoke: .{300}$/],
    [
      'more output than anybody keeps',
      'yes "a line" | head -c 21000000; echo "at last"',
      'pass',
      'smoke: at last',
    ],
  ] as const)
    it(says, async () => {
      const { at } = of(script, ', timeout: 1m');
      const verdict = await at(0);
      expect(verdict.outcome).to.equal(outcome);
      if (typeof reason === 'string') expect(verdict.reasons).to.deep.equal([reason]);
      else expect(verdict.reasons[0]).to.match(reason);
    });

  it('sees which canary it is asked about, in the folder of canopy.yml, and none of our secrets', async () => {
    const { at } = of('pwd >seen; env | grep CANOPY_ | sort >>seen', '', {
      env: { CANOPY_STORE: 'redis://:hidden@h', CANOPY_TOKEN: 'hidden', CANOPY_RELEASE: 'hidden' },
    });
    expect((await at(0, { weight: 33.5, step: 2 })).outcome).to.equal('pass');
    expect(readFileSync(join(folder(), 'seen'), 'utf8').trimEnd().split('\n')).to.deep.equal([
      folder(),
      'CANOPY_APP=shop',
      'CANOPY_ENVIRONMENT=canary',
      'CANOPY_RELEASE=20261121-1',
      'CANOPY_STARTED_AT=2026-11-21T12:00:00.000Z',
      'CANOPY_STEP=2',
      'CANOPY_WEIGHT=33.5',
    ]);
  });

  it('ends one that hangs at its limit, with what it has started', async () => {
    const { at } = of('sleep 600 & echo $! >child; echo $$ >own; wait', ', timeout: 3s, errors: 1');
    const verdict = await at(0);
    expect(verdict.reasons).to.deep.equal(['smoke: no answer once: not finished within 3 s']);
    expect([pidIn('own') > 0, lives(pidIn('own')), pidIn('child') > 0, lives(pidIn('child'))]).to.deep.equal([
      ...[true, false],
      ...[true, false],
    ]);
  });

  it('ends it when the signal comes; nothing has changed then', async () => {
    const stop = new AbortController();
    const { at, gates } = of('echo $$ >begun; sleep 600', ', timeout: 10m', { signal: stop.signal });
    const asked = at(0);
    await waitFor('the command', () => pidIn('begun') > 0);
    stop.abort(new Error('SIGTERM'));
    expect((await asked).reasons).to.deep.equal(['smoke: not asked yet']);
    expect(lives(pidIn('begun'))).to.equal(false);
    expect(gates.standings()['smoke']).to.include({ errors: 0, askedAt: null });
  });

  it('ends what still runs when the gates are closed, and asks nobody after that', async () => {
    const { at, gates } = of('echo $$ >last; sleep 600', ', timeout: 10m');
    const asked = at(0);
    await waitFor('the command', () => pidIn('last') > 0);
    await gates.close();
    expect(lives(pidIn('last'))).to.equal(false);
    expect((await asked).outcome).to.equal('unknown');
    writeFileSync(join(folder(), 'smoke.sh'), 'exit 0');
    expect((await at(100)).reasons).to.deep.equal(['smoke: not asked yet']);
  });

  it('is told and not run in a dry run, like a webhook', async () => {
    const hook = `{ name: hook, webhook: { url: 'http://127.0.0.1:1/' } }`;
    const { at, lines } = world(`{ name: smoke, command: touch ran }\n${hook}`, {
      folder: folder(),
      dryRun: true,
    });
    expect(await at(0)).to.deep.equal({
      outcome: 'pass',
      reasons: ['smoke: not asked: this is a dry run', 'hook: not asked: this is a dry run'],
    });
    expect(existsSync(join(folder(), 'ran'))).to.equal(false);
    expect(lines).to.include.members([
      'info  would ask the gate smoke\n  touch ran',
      'info  would POST http://127.0.0.1:1/',
    ]);
  });

  it('hides the secrets that it prints, also where a line is cut', async () => {
    const token = 'a-token-of-some-length';
    const secret = `{ name: hook, webhook: { url: 'http://127.0.0.1:1/', token: ${token} }, timeout: 1s }`;
    for (const [printed, shown] of [
      [`token ${token} is wrong`, 'token [secret] is wrong'],
      [`${'x'.repeat(290)}${token}`, `${'x'.repeat(290)}[secret]`],
    ] as const) {
      writeFileSync(join(folder(), 'tell.sh'), `echo "${printed}"; exit 1`);
      const { at, gates } = world(`{ name: tell, command: sh ./tell.sh }\n${secret}`, { folder: folder() });
      const { reasons } = await at(0);
      expect(reasons).to.deep.equal([`tell: ${shown}`]);
      expect(JSON.stringify(gates.standings())).not.to.contain('a-tok');
    }
  });
});
