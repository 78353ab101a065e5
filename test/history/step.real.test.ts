import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { startWorld, type World } from '../support/worlds/world.ts';

describe('the step history, behind real deploys', function () {
  this.timeout(60_000);
  before(needs('redis-server', 'sshd', 'git'));
  let world: World;
  const ids: string[] = [];
  const env = { BUILD_TAG: 'jenkins-shop-7', BUILD_URL: 'http://jenkins/7/' };

  const deploy = async (version: string, bad = false): Promise<void> => {
    world.commit(version, bad);
    const made = await world.canopy(['package']);
    expect(made.code, made.stderr).to.equal(0);
    ids.push(made.json.data.id);
    const { code, stderr } = await world.canopy(['deploy', '--environment', 'production'], env);
    expect(code, stderr).to.equal(bad ? 3 : 0);
  };
  before(async () => {
    world = await startWorld(2);
    await deploy('1');
    await deploy('2');
    await deploy('bad', true);
    expect((await world.canopy(['rollback', '--environment', 'production'], env)).code).to.equal(0);
    expect((await world.canopy(['flag', 'set', 'checkout', 'on'], env)).code).to.equal(0);
  });
  after(() => world?.stop());

  it('tells all of it from the stream alone: releases, events, commits, times, reasons', async () => {
    const { code, json, stderr } = await world.canopy(['history', '--environment', 'production']);
    expect(code, stderr).to.equal(0);
    const { items } = json.data;
    const brief = items.map((item: Record<string, unknown>) => [
      item['action'],
      item['outcome'],
      item['release'],
      item['previous'],
      String(item['event']).replace('dev.cdevents.', ''),
    ]);
    expect(brief).to.deep.equal([
      ['flag set', 'done', null, null, 'environment.modified'],
      ['rollback', 'done', ids[0], ids[1], 'service.rolledback'],
      ['deploy', 'reverted', ids[2], ids[1], 'service.rolledback'],
      ['deploy', 'done', ids[1], ids[0], 'service.upgraded'],
      ['deploy', 'done', ids[0], null, 'service.deployed'],
    ]);
    const [, back, bad, second] = items;
    expect(second.commits.list.map(({ subject }: { subject: string }) => subject)).to.deep.equal([
      'version 2',
    ]);
    expect(second.commit).to.match(/^[0-9a-f]{40}$/);
    expect(back.commits).to.deep.include({ back: true, more: 0 });
    expect(bad.reasons[0]).to.match(/^web-1: gate failed/);
    expect(bad.revertMs).to.be.within(1, bad.durationMs);
    expect(bad.actor).to.deep.equal({ name: 'jenkins-shop-7', url: 'http://jenkins/7/' });
    expect(json.warnings.filter((text: string) => !text.includes('store'))).to.deep.equal([]);
  });

  it('is a table without colours where no terminal is', async () => {
    const { stdout, code } = await world.begin(['history', '--limit', '3', '--environment', 'production'], {
      FORCE_COLOR: '1',
    }).ended;
    expect(code).to.equal(0);
    expect(stdout).not.to.contain('\u001b');
    for (const text of ['when (UTC)', 'rollback production', '- ', `before: ${ids[1]}`, 'http://jenkins/7/'])
      expect(stdout).to.contain(text);
    expect(stdout.trimEnd().split('\n').at(-1)).to.equal('… and 2 older (--limit)');
  });

  it('makes the DORA figures', async () => {
    const { json, code } = await world.canopy(['history', '--dora', '--since', '1d']);
    expect(code).to.equal(0);
    const { dora } = json.data;
    expect(dora.deploymentFrequency).to.deep.equal({ perDay: 2, events: 2 });
    expect(dora.leadTime).to.include({ events: 2, unknown: 0 });
    expect(dora.leadTime.medianMs).to.be.within(0, 600_000);
    // One was reverted, one rolled back by hand.
    expect(dora.changeFailureRate).to.include({ failures: 2, events: 3 });
    expect(dora.timeToRestore).to.include({ events: 2, open: 0 });
  });

  it('shows one release, and what is too old not at all', async () => {
    const one = await world.canopy(['history', '--release', ids[2] ?? '']);
    expect(one.json.data.items.map(({ action }: { action: string }) => action)).to.deep.equal(['deploy']);
    const none = await world.canopy(['history', '--since', '0s']);
    expect([none.code, none.json.data.items]).to.deep.equal([0, []]);
  });

  for (const words of [
    ['--limit', '0'],
    ['--commits', '-1'],
    ['--since', 'yesterday'],
    ['--environment', 'x'],
  ])
    it(`refuses ${words.join(' ')}`, async () => {
      expect((await world.canopy(['history', ...words])).code).to.equal(2);
    });
});
