import { expect } from 'chai';
import { wrongsOf } from '../../soak/faults/fault-check.ts';
import { startFaultWorld, type FaultWorld, type Release } from '../../support/worlds/fault-world.ts';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';

/** What a run says only when it has the lock and changes something. */
const atWork = /goes on with the deploy|drained: |taken back|takes requests again/;

/** Where the first one is frozen until its lease has run out, what the second one does, and when the first goes on. */
const cases = [
  { at: 'before command: activate web-2', second: 'resume', thawed: 'after' },
  { at: 'before command: activate web-2', second: 'deploy', thawed: 'amid' },
  { at: 'before command: activate web-2', second: 'deploy', thawed: 'after' },
  { at: 'after command: activate web-1', second: 'resume', thawed: 'amid' },
  { at: 'before store: traffic (3)', second: 'deploy', thawed: 'after' },
  { at: 'before store: traffic (4)', second: 'resume', thawed: 'amid' },
  { at: 'before store: journal running, gate web-1', second: 'rollback', thawed: 'amid' },
  { at: 'before command: finish web-1', second: 'rollback', thawed: 'after' },
  { at: 'before store: journal done, nothing', second: 'resume', thawed: 'after' },
] as const;

describe('two controllers, the first of them frozen past its lease', function () {
  this.timeout(60_000);
  let world: FaultWorld;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startFaultWorld({ instances: 2, driver: 'ssh', rollout: '' });
  });
  after(() => world?.stop());

  const second = (way: (typeof cases)[number]['second'], old: Release, next: Release): string[] => {
    const on = ['--environment', 'production'];
    if (way === 'rollback') return ['rollback', ...on, '--to', old.id];
    return way === 'deploy'
      ? ['deploy', ...on, '--artifact', old.file]
      : ['deploy', ...on, '--resume', '--artifact', next.file];
  };

  for (const { at, second: way, thawed } of cases)
    it(`${at}; ${way} takes over; it goes on ${thawed} that`, async () => {
      const [one, two] = world.good;
      const [old, next] = world.current('web-1') === one.id ? [one, two] : [two, one];
      world.forget(next);
      const first = await world.frozen(at, 'deploy', '--environment', 'production', '--artifact', next.file);
      const other = world.begin(...second(way, old, next));
      if (thawed === 'amid') await waitFor('the second to be at work', () => atWork.test(other.output()));
      else await other.ended;
      first.thaw();
      const [late, { code, json, stderr }] = await Promise.all([first.ended, other.ended]);

      expect([code, ['done', 'unchanged'].includes(json?.outcome)], stderr).to.deep.equal([0, true]);
      expect(await wrongsOf(world, way === 'resume' ? next : old)).to.deep.equal([]);
      const told = JSON.parse(late.stdout) as { exit: number; outcome: string; reasons: string[] };
      if (at.includes('journal done')) return;
      expect([1, 4], late.stderr).to.include(late.code);
      expect(['mixed', 'failed']).to.include(told.outcome);
      expect(told.reasons.join('\n')).to.match(/its token \d+ is older than \d+|the lock .*was lost/);
      const again = way === 'resume' ? next : old;
      const same = await world.canopy('deploy', '--environment', 'production', '--artifact', again.file);
      expect(same.json?.outcome, same.stderr).to.equal('unchanged');
    });
});
