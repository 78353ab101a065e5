import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { startWorld, type Outcome, type World } from '../../support/worlds/world.ts';

describe('the failure hook when nothing was switched yet', function () {
  this.timeout(60_000);
  let world: World;
  before(needs('redis-server', 'sshd', 'git', 'setsid'));
  before(async () => {
    world = await startWorld(2);
    world.commit('1');
    const { code, stderr } = await world.canopy(['package']);
    expect(code, stderr).to.equal(0);
  });
  after(() => world?.stop());

  const trace = (): string => join(world.folder, 'trace');
  const tell = (): string =>
    `echo "$CANOPY_HOOK $CANOPY_INSTANCE \${CANOPY_PREVIOUS:-nothing} $CANOPY_REASON" >> '${trace()}'`;
  const told = (): string[] => (existsSync(trace()) ? readFileSync(trace(), 'utf8').trim().split('\n') : []);
  const configure = (hooks: object): void =>
    world.configure({ extra: `    hooks: ${JSON.stringify(hooks)}` });
  const deploy = (...words: string[]): Promise<Outcome> => {
    rmSync(trace(), { force: true });
    return world.canopy(['deploy', '--environment', 'production', ...words]);
  };
  const noSwitch = (): void => {
    for (const name of ['web-1', 'web-2'])
      expect(existsSync(join(world.path(name), 'current')), name).to.equal(false);
  };
  const reason = 'failed: web-2: the prepare hook ended with exit code 7: no compiler';

  for (const on of ['agent', 'instance'])
    it(`runs on the ${on} for the instance that failed alone, and the step tells the first error`, async () => {
      const prepare = '[ "$CANOPY_INSTANCE" = web-1 ] || { echo "no compiler"; exit 7; }';
      configure({ prepare, failure: { run: tell(), on } });
      const { code, json, stderr } = await deploy();
      expect([code, json.outcome], stderr).to.deep.equal([1, 'failed']);
      expect(told()).to.deep.equal([`failure web-2 nothing web-2: prepare ${reason}`]);
      expect(json.errors.map((error: { code: string }) => error.code)).to.deep.equal(['hook-failed']);
      noSwitch();
    });

  it('runs again when the deploy is resumed and fails again', async () => {
    const { code, json, stderr } = await deploy('--resume');
    expect([code, json.outcome], stderr).to.deep.equal([1, 'failed']);
    expect(told()).to.deep.equal([`failure web-2 nothing web-2: prepare ${reason}`]);
  });

  it('is a warning when it fails itself', async () => {
    configure({ once: 'exit 9', failure: { run: `${tell()}; exit 3`, on: 'agent' } });
    const { code, json, stderr } = await deploy();
    expect([code, json.outcome], stderr).to.deep.equal([1, 'failed']);
    expect(told().map((line) => line.split(' ', 2).join(' '))).to.deep.equal(['failure web-1']);
    expect(json.errors.map(({ message }: { message: string }) => message).join()).to.contain('exit code 9');
    expect(json.errors.map(({ message }: { message: string }) => message).join()).not.to.contain('code 3');
    expect(json.warnings.join()).to.contain('the failure hook ended with exit code 3');
    noSwitch();
  });

  it('does not run for what is refused before the deploy begins', async () => {
    world.configure({ extra: `    shared: [.env]\n    hooks: { failure: ${JSON.stringify(tell())} }` });
    const { code, json, stderr } = await deploy();
    expect([code, json.outcome], stderr).to.deep.equal([1, 'failed']);
    expect(json.errors[0].code).to.equal('shared-missing');
    expect(told()).to.deep.equal([]);
  });
});
