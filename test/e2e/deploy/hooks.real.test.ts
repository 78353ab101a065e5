import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isRunning } from '../../support/bearers.ts';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

describe('hooks, end to end', function () {
  this.timeout(90_000);
  let world: World;
  before(needs('redis-server', 'sshd', 'git', 'setsid'));
  before(async () => {
    world = await startWorld(3);
  });
  after(() => world?.stop());

  const file = (name: string): string => join(world.folder, name);
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  /** Each hook adds a line; the server and the agent are one machine here. */
  const traced = (): string =>
    `echo "$CANOPY_HOOK $CANOPY_INSTANCE $CANOPY_ACTION \${CANOPY_PREVIOUS:-nothing}" >> '${file('trace')}'`;
  type Given = string | { readonly run: string | string[]; readonly on?: string; readonly timeout?: string };
  const configure = (hooks: Readonly<Record<string, Given>>): void =>
    world.configure({ extra: `    hooks: ${JSON.stringify(hooks)}` });
  const ship = async (version: string, bad = false): Promise<string> => {
    world.commit(version, bad);
    const { json, stderr, code } = await world.canopy(['package']);
    expect(code, stderr).to.equal(0);
    return json.data.id;
  };
  const deploy = (...words: string[]) => {
    rmSync(file('trace'), { force: true });
    return world.canopy(['deploy', '--environment', 'production', ...words]);
  };
  const trace = (): string[] => (existsSync(file('trace')) ? read('trace').trim().split('\n') : []);
  const onAgent = (run: string, more: object = {}): Given => ({ run, on: 'agent', ...more });
  let first = '';

  it('run in their order: everywhere before the first switch, once, and after each is healthy', async () => {
    configure({ prepare: traced(), once: traced(), after: onAgent(traced()), failure: onAgent(traced()) });
    first = await ship('1');
    const { code, stderr } = await deploy();
    expect(code, stderr).to.equal(0);
    const lines = trace().map((line) => line.replace(' deploy nothing', ''));
    expect(lines.slice(0, 3).sort()).to.deep.equal(['prepare web-1', 'prepare web-2', 'prepare web-3']);
    expect(lines.slice(3)).to.deep.equal(['once web-1', 'after web-1', 'after web-2', 'after web-3']);
    expect(existsSync(join(world.path('web-1'), `.canopy/once-${first}`))).to.equal(true);
  });

  for (const on of ['agent', 'instance'] as const) {
    it(`failure: runs on the ${on} when the instance is back, and gets the reason`, async () => {
      const current = `readlink '${world.path('web-1')}/current' > '${file('current')}'`;
      const reason = `printf %s "$CANOPY_REASON" > '${file('reason')}'`;
      configure({ once: { run: traced(), on }, failure: { run: [traced(), reason, current], on } });
      const release = await ship(`bad on the ${on}`, true);
      const { code, json, stderr } = await deploy();
      expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
      expect(trace()).to.deep.equal([`once web-1 deploy ${first}`, `failure web-1 deploy ${first}`]);
      expect(read('reason')).to.equal(json.reasons[0]);
      expect(read('reason')).to.match(/^web-1: gate failed: .*status 500/);
      expect(read('current').trim()).to.equal(`releases/${first}`);
      expect(existsSync(join(world.path('web-1'), 'releases', release))).to.equal(true);
    });

    it(`once: is not run again for a release that comes a second time: on the ${on}`, async () => {
      expect((await deploy()).code).to.equal(3);
      expect(trace()).to.deep.equal([`failure web-1 deploy ${first}`]);
      // Another instance is the first one now; the mark stands on web-1.
      expect((await deploy('--only', 'web-2')).code).to.equal(3);
      expect(trace()).to.deep.equal([`failure web-2 deploy ${first}`]);
    });
  }

  it('after: one that fails takes the deploy back', async () => {
    configure({ after: onAgent('echo "no such user" >&2; exit 9'), failure: traced() });
    await ship('2');
    const { code, json, stderr } = await deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(json.reasons[0]).to.equal(
      'web-1: after failed: this machine, for web-1: the after hook ended with exit code 9: no such user',
    );
    expect(trace()).to.deep.equal([`failure web-1 deploy ${first}`]);
    expect(await world.answers(0)).to.equal(first);
  });

  it('prepare: one that takes too long is ended on the server, and nothing was switched', async () => {
    const pid = file('pid');
    const lines = [
      `[ "$CANOPY_INSTANCE" = web-2 ] || exit 0`,
      `trap '' TERM`,
      `echo $$ > '${pid}'`,
      'while :; do sleep 0.1; done',
    ];
    configure({ prepare: { run: lines, timeout: '1s' } });
    const { code, json, stderr } = await deploy();
    expect([code, json.outcome], stderr).to.deep.equal([1, 'failed']);
    expect(json.errors.map((error: { code: string }) => error.code)).to.deep.equal(['hook-late']);
    expect(isRunning(Number(readFileSync(pid, 'utf8')))).to.equal(false);
    expect(await world.answers(0)).to.equal(first);
  });

  it('hide secrets: from what they see, and from the reason', async () => {
    writeFileSync(file('said'), 'the password is hunter2-hunter2\n');
    configure({
      after: onAgent(`env > '${file('everything')}'; cat '${file('said')}' >&2; exit 1`),
      failure: `printf %s "$CANOPY_REASON" > '${file('reason')}'`,
    });
    const secret = {
      CANOPY_BOUND: 'DEPLOY_PASSWORD',
      DEPLOY_PASSWORD: 'hunter2-hunter2',
      CANOPY_TOKEN: 'tok-tok-tok',
    };
    const { code, stderr } = await world.canopy(['deploy', '--environment', 'production'], secret);
    expect(code, stderr).to.equal(3);
    expect(read('everything')).to.contain('CANOPY_APP=shop');
    expect(read('everything')).not.to.match(/hunter2|CANOPY_STORE|CANOPY_SSH_KEY_FILE|tok-tok|CANOPY_BOUND/);
    expect(read('reason')).to.match(/the password is \[secret\]$/);
  });

  it('once: is not run again by a deploy that goes on after it was killed', async () => {
    const open = file('open');
    configure({ once: traced(), after: `${traced()}; while [ ! -e '${open}' ]; do sleep 0.05; done` });
    const release = await ship('3');
    rmSync(file('trace'), { force: true });
    const run = world.begin(['deploy', '--environment', 'production']);
    await waitFor('the after hook', () => trace().length === 2, 30_000);
    run.child.kill('SIGKILL');
    await run.ended;
    writeFileSync(open, '');
    await waitFor(
      'the lease to expire',
      async () =>
        (await world.canopy(['lock', 'show', '--environment', 'production'])).json.data.locks.length === 0,
      15_000,
    );
    const { code, json, stderr } = await world.canopy(['deploy', '--environment', 'production', '--resume']);
    expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
    expect(trace().filter((line) => line.startsWith('once'))).to.deep.equal([`once web-1 deploy ${first}`]);
    expect(await Promise.all([0, 1, 2].map((at) => world.answers(at)))).to.deep.equal(Array(3).fill(release));
  });

  it('know a rollback from a deploy; once is not run again for the release that comes back', async () => {
    configure({ once: traced(), after: onAgent(traced()) });
    rmSync(file('trace'), { force: true });
    const { code, json, stderr } = await world.canopy(['rollback', '--environment', 'production']);
    expect([code, json.data.release], stderr).to.deep.equal([0, first]);
    expect(trace().map((line) => line.split(' ').slice(0, 3).join(' '))).to.deep.equal(
      [1, 2, 3].map((at) => `after web-${at} rollback`),
    );
  });

  it('are named by a dry run, in full with --verbose, and not run', async () => {
    configure({ prepare: traced(), once: onAgent(traced()), after: onAgent(traced()) });
    await ship('4');
    const plain = await deploy('--dry-run');
    expect(plain.stderr)
      .to.match(/prepare, once \(here\), after \(here\)/)
      .and.not.to.contain('CANOPY_HOOK');
    const { code, stderr } = await deploy('--dry-run', '--verbose');
    expect(code, stderr).to.equal(0);
    expect(trace()).to.deep.equal([]);
    for (const part of [
      'would run the prepare hook',
      'would run the once hook on this machine for web-1',
      'would run the after hook on this machine for web-3',
      'CANOPY_HOOK=prepare',
    ])
      expect(stderr).to.contain(part);
  });
});
