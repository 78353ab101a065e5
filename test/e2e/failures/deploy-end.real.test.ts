/** What happens to an instance after its gate, before the deploy has ended. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startBell, startCable, type Bell, type Cable } from '../../support/http/cable.ts';
import { endProcess } from '../../support/end-process.ts';
import { needs } from '../../support/needs.ts';
import { startWorld, type Outcome, type World } from '../../support/worlds/world.ts';

describe('an instance between its gate and the end of the deploy', function () {
  this.timeout(120_000);
  let world: World;
  let cable: Cable;
  let bell: Bell;
  /** Called when all instances have passed their gates, while the deploy waits. */
  let gated: () => void = () => undefined;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(2);
    cable = await startCable(world.sshd.port);
    bell = await startBell((word) => (word === 'web-2' ? gated() : undefined));
    const line = world.sshd.knownHostsLine.replace(`:${world.sshd.port}`, `:${cable.port}`);
    appendFileSync(join(world.folder, 'known_hosts'), `${line}\n`);
    const hooks = { after: { run: bell.ring('$CANOPY_INSTANCE'), on: 'agent' } };
    world.configure({
      host: (at) => `${world.sshd.user}@127.0.0.1:${at === 0 ? cable.port : world.sshd.port}`,
      extra: `    hooks: ${JSON.stringify(hooks)}\n    keep: 1`,
    });
    await ship('1');
    expect((await deploy()).code).to.equal(0);
  });
  afterEach(() => {
    gated = () => undefined;
  });
  after(async () => {
    await bell?.stop();
    await cable?.stop();
    await world?.stop();
  });

  const deploy = (...words: string[]) => world.canopy(['deploy', '--environment', 'production', ...words]);
  const ship = async (version: string): Promise<void> => {
    world.commit(version);
    expect((await world.canopy(['package'])).code).to.equal(0);
  };
  const told = ({ json }: Outcome): string[] =>
    json.data.instances.map(
      (one: Record<string, string>) => `${one['release']} ${one['health']} ${one['did']}`,
    );
  const mark = (release: string): string => join(world.path('web-1'), 'releases', release, '.canopy/healthy');

  it('that cannot be reached any more is not told as healthy; --resume finishes it', async () => {
    await ship('2');
    gated = () => cable.cut();
    const left = await deploy();
    const { release } = left.json.data;
    expect([left.code, left.json.outcome], left.stderr).to.deep.equal([1, 'mixed']);
    expect(told(left)).to.deep.equal(['null unknown failed', `${release} healthy deployed`]);
    expect(left.json.reasons.join()).to.match(/^web-1: finish failed: /);
    expect(existsSync(mark(release))).to.equal(false);

    cable.mend();
    const next = await deploy();
    expect([next.code, next.json.errors[0].code]).to.deep.equal([1, 'deploy-blocked']);
    // The store may lose it: the servers know it as well.
    await world.redis.tell('FLUSHALL');
    const lost = await deploy();
    expect([lost.code, lost.json.errors[0].code], lost.stderr).to.deep.equal([1, 'deploy-blocked']);
    expect(lost.json.warnings.join()).to.contain('the store did not know that');
    const ended = await deploy('--resume');
    expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([0, 'done']);
    expect(told(ended)).to.deep.equal(Array(2).fill(`${release} healthy deployed`));
    expect(ended.stderr).to.match(/^web-1 +healthy with /m);
    expect(existsSync(mark(release))).to.equal(true);
    await world.redis.tell('FLUSHALL');
    expect((await deploy()).json.outcome).to.equal('unchanged');
  });

  it('that was away for a moment is brought to its end, and what broken uploads have left is gone', async () => {
    await ship('3');
    const left = [1, 2].map((at) => join(world.path(`web-${at}`), 'releases/.20251121093000-x.partial'));
    for (const folder of left) mkdirSync(join(folder, 'deep'), { recursive: true });
    gated = () => {
      cable.cut();
      setTimeout(() => cable.mend(), 500);
    };
    const { code, json, stderr } = await deploy();
    expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
    expect(existsSync(mark(json.data.release))).to.equal(true);
    expect(left.map((folder) => existsSync(folder))).to.deep.equal([false, false]);
  });

  it('that could not be marked is not done, and can be rolled back to once it is', async () => {
    await ship('4');
    gated = () => {
      const [release] = readFileSync(join(world.path('web-1'), 'shared/release'), 'utf8').split('\n');
      // Nothing can be written over a folder.
      mkdirSync(`${mark(release ?? '')}.partial`, { recursive: true });
    };
    const start = `echo "$CANOPY_RELEASE" > ../../shared/release`;
    const hooks = { prepare: start, after: { run: bell.ring('$CANOPY_INSTANCE'), on: 'agent' } };
    world.configure({ extra: `    hooks: ${JSON.stringify(hooks)}` });
    const left = await deploy();
    const { release } = left.json.data;
    expect([left.code, left.json.outcome], left.stderr).to.deep.equal([1, 'mixed']);
    expect(told(left)).to.deep.equal([`${release} healthy failed`, `${release} healthy deployed`]);

    rmSync(`${mark(release)}.partial`, { recursive: true });
    const ended = await deploy('--resume');
    expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([0, 'done']);
    gated = () => undefined;
    await ship('5');
    expect((await deploy()).code).to.equal(0);
    const back = await world.canopy(['rollback', '--environment', 'production', '--to', release]);
    expect([back.code, back.json.outcome], back.stderr).to.deep.equal([0, 'done']);
  });

  it('whose service has ended since is not done; --resume starts it again', async () => {
    await ship('6');
    gated = () => endProcess(Number(readFileSync(join(world.path('web-1'), 'shared/app.pid'), 'utf8')));
    const left = await deploy();
    const { release } = left.json.data;
    expect([left.code, left.json.outcome], left.stderr).to.deep.equal([1, 'mixed']);
    expect(left.json.errors).to.deep.equal([]);
    expect(left.json.reasons.join()).to.contain(`web-1 does not run ${release} any more`);
    expect(told(left)[0]).to.equal(`${release} unhealthy failed`);
    await world.redis.tell('FLUSHALL');
    const blocked = await deploy();
    expect([blocked.code, blocked.json.errors[0].code]).to.deep.equal([1, 'deploy-blocked']);
    // The store has it again, so that it can be released as ever.
    const taken = await world.canopy(['lock', 'release', '--environment', 'production']);
    expect(taken.code, taken.stderr).to.equal(0);
    const ended = await deploy();
    expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([0, 'done']);
    expect(await world.answers(0)).to.equal(release);
  });
});
