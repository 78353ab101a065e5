import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

describe('a plan in a file, end to end', function () {
  this.timeout(60_000);
  let world: World;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(3, { rollout: 'batch: [1, 100%], maxUnavailable: 2' });
    await ship('1');
  });
  after(() => world?.stop());

  const ship = async (version: string): Promise<void> => {
    world.commit(version);
    const { code, stderr } = await world.canopy(['package']);
    expect(code, stderr).to.equal(0);
  };
  const deploy = (...words: string[]) => world.canopy(['deploy', '--environment', 'production', ...words]);
  const file = (): string => join(world.repo, 'plan.json');
  const releases = () => Promise.all([0, 1, 2].map((at) => world.answers(at)));
  const error = (json: { errors: { code: string }[] }) => json.errors[0]?.code;

  it('is written and touches nothing', async () => {
    const { code, json, stderr } = await deploy('--plan', 'plan.json');
    expect(code, stderr).to.equal(0);
    expect(json.data.sha256).to.equal(createHash('sha256').update(readFileSync(file())).digest('hex'));
    expect(json.data.plan.plan.batches).to.deep.equal([['web-1'], ['web-2', 'web-3']]);
    expect(json.data.plan.actions.flat()).to.include.members([
      'stage web-1',
      'activate web-3',
      'finish web-2',
    ]);
    expect(await releases()).to.deep.equal([null, null, null]);
    const shown = await world.begin(['deploy', '--environment', 'production', '--plan', 'plan.json']).ended;
    expect(shown.stdout).to.match(/^instance +batch\nweb-1 +1 of 2\nweb-2 +2 of 2\nweb-3 +2 of 2$/m);
    expect(shown.stdout).to.match(/^ +release +nothing -> \S+$/m);
    expect(shown.stdout).to.contain('--apply plan.json --expect');
  });

  it('is not written by a dry run, which does not say so', async () => {
    const words = ['deploy', '--environment', 'production', '--plan', 'dry.json', '--dry-run'];
    const ran = await world.begin(words).ended;
    expect(ran.code, ran.stderr).to.equal(0);
    expect(ran.stdout)
      .to.contain('1 of 2')
      .and.not.to.match(/written|--apply/);
    const { data } = (await world.canopy(words)).json;
    expect([data.file, data.sha256, data.dryRun]).to.deep.equal([undefined, undefined, true]);
    expect(existsSync(join(world.repo, 'dry.json'))).to.equal(false);
  });

  it('is refused before anything is asked when its file cannot be written', async () => {
    writeFileSync(join(world.repo, 'a-file'), '');
    for (const name of ['a-file/plan.json', '.']) {
      const { code, json } = await deploy('--plan', name);
      expect([code, error(json)]).to.deep.equal([2, 'output-file']);
    }
    const { code, json } = await deploy('--result', 'no/such/folder');
    expect([code, error(json)]).to.deep.equal([2, 'output-file']);
    expect(await releases()).to.deep.equal([null, null, null]);
  });

  it('is applied as it is', async () => {
    const { data } = JSON.parse(JSON.stringify((await deploy('--plan', 'plan.json')).json));
    const { code, json, stderr } = await deploy('--apply', 'plan.json', '--expect', data.sha256);
    expect(code, stderr).to.equal(0);
    expect(await releases()).to.deep.equal(Array(3).fill(json.data.release));
    const again = await deploy('--apply', 'plan.json');
    expect([again.code, error(again.json)]).to.deep.equal([3, 'plan-stale']);
    expect(again.json.errors[0].message).to.match(/web-1: current was nothing, is \S+/);
  });

  it('is refused when somebody changed it, or it is none', async () => {
    await ship('2');
    const { json: written } = await deploy('--plan', 'plan.json');
    const text = readFileSync(file(), 'utf8');
    writeFileSync(file(), text.replace('"stage web-1"', '"stage web-9"'));
    const hash = await deploy('--apply', 'plan.json', '--expect', written.data.sha256);
    expect([hash.code, error(hash.json)]).to.deep.equal([2, 'plan-hash']);
    const other = await deploy('--apply', 'plan.json');
    expect([other.code, error(other.json), other.json.errors[0].message]).to.deep.equal([
      2,
      'plan-file',
      'plan.json is no plan that can be applied: it has actions that are not those of its plan',
    ]);
    for (const wrong of ['', '[]', '{"canopyPlan":2}', text.replace('"web-1"', '"$(reboot)"')]) {
      writeFileSync(file(), wrong);
      expect(error((await deploy('--apply', 'plan.json')).json), wrong.slice(0, 40)).to.equal('plan-file');
    }
    const none = await deploy('--apply', 'nowhere.json');
    expect(none.code).to.equal(2);
    const both = await deploy('--apply', 'plan.json', '--plan', 'plan.json');
    expect([both.code, error(both.json)]).to.deep.equal([2, 'usage']);
  });

  it('is refused when canopy.yml cuts other batches by now', async () => {
    await deploy('--plan', 'plan.json');
    world.configure({ rollout: 'batch: 1' });
    const { code, json } = await deploy('--apply', 'plan.json');
    expect([code, error(json)]).to.deep.equal([3, 'plan-stale']);
    expect(json.errors[0].message).to.contain('batches is another');
  });

  it('tells the log and the answers of an instance that failed, as they were before it went back', async () => {
    world.commit('bad', true);
    await world.canopy(['package']);
    const { json } = await deploy();
    const [failed] = json.data.instances;
    expect(failed.did).to.equal('reverted');
    expect(failed.evidence.answers.at(-1)).to.equal('status 500 instead of 200');
  });
});
