/** The store has lost everything, and the servers remember the deploy that died. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { wrongsOf } from '../../soak/faults/fault-check.ts';
import { startFaultWorld, type FaultWorld, type Release } from '../../support/worlds/fault-world.ts';
import { needs } from '../../support/needs.ts';

const cases = [
  { die: 'amid command: stage web-2', way: 'good' },
  { die: 'before command: activate web-1', way: 'good' },
  { die: 'amid command: activate web-1', way: 'good' },
  { die: 'after command: activate web-1', way: 'good' },
  { die: 'before store: journal running, gate web-2', way: 'good' },
  { die: 'before store: journal running, finish web-1 + finish web-2', way: 'good' },
  { die: 'after command: activate web-2', way: 'bad' },
  { die: 'amid command: restore web-2', way: 'bad' },
  { die: 'before command: restore web-1', way: 'bad' },
  { die: 'after command: restore web-1', way: 'bad' },
] as const;

describe('a deploy that died, and a store that has lost everything', function () {
  this.timeout(120_000);
  let world: FaultWorld;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startFaultWorld({ instances: 2, driver: 'ssh', rollout: '' });
  });
  after(() => world?.stop());

  const on = ['deploy', '--environment', 'production'];
  const now = (): Release => world.good.find(({ id }) => id === world.current('web-1')) ?? world.good[0];
  const other = (): Release => world.good.find(({ id }) => id !== now().id) ?? world.good[1];
  const died = async (die: string, next: Release): Promise<void> => {
    world.forget(next);
    const { signal, stderr } = await world.controller(die, ...on, '--artifact', next.file);
    expect(signal, stderr).to.equal('SIGKILL');
    await world.empty();
  };

  for (const { die, way } of cases)
    it(`${way}, died ${die}: it is taken up by what the servers have noted`, async () => {
      const old = now();
      const next = way === 'bad' ? world.bad : other();
      await died(die, next);
      const ended = await world.canopy(...on, '--resume', '--artifact', next.file);
      expect(ended.json?.warnings?.join(), ended.stderr).to.contain('what the servers have noted of');
      expect(ended.json.outcome, ended.stderr).to.equal(way === 'bad' ? 'reverted' : 'done');
      expect(await wrongsOf(world, way === 'bad' ? old : next)).to.deep.equal([]);
      const again = await world.canopy(...on, '--resume', '--artifact', next.file);
      expect(again.json.errors?.[0]?.code, again.stderr).to.equal('resume-over');
      await world.empty();
      const lost = await world.canopy(...on, '--resume', '--artifact', next.file);
      expect(lost.json.errors?.[0]?.code, lost.stderr).to.equal('resume-over');
    });

  it('is asked which one is meant where the servers do not agree, and goes on with that', async () => {
    const next = other();
    await died('after command: activate web-1', next);
    const journal = (name: string): string => join(world.world.path(name), '.canopy/journal');
    const last = readFileSync(journal('web-1'), 'utf8').trim().split('\n').at(-1) ?? '';
    const [, meant = ''] = /"deploy":"([^"]+)"/.exec(last) ?? [];
    appendFileSync(journal('web-2'), `${last.replace(meant, '20261121T000000-ffffff')}\n`);
    const unclear = await world.canopy(...on, '--resume', '--artifact', next.file);
    expect([unclear.code, unclear.json.errors[0].code], unclear.stderr).to.deep.equal([1, 'resume-unclear']);
    const ended = await world.canopy(...on, '--resume', meant, '--artifact', next.file);
    expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([0, 'done']);
    expect(await wrongsOf(world, next)).to.deep.equal([]);
  });

  it('goes by the servers when the store remembers an earlier deploy', async () => {
    const key = 'canopy:shop:deploy:production';
    const stored = (await world.store.get(key)) ?? '';
    const next = other();
    world.forget(next);
    await world.controller('after command: activate web-1', ...on, '--artifact', next.file);
    await world.expireLease();
    await world.store.set(key, stored);
    const ended = await world.canopy(...on, '--resume', '--artifact', next.file);
    expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([0, 'done']);
    expect(await wrongsOf(world, next)).to.deep.equal([]);
  });
});
