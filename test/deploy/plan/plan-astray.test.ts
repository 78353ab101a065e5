import { expect } from 'chai';
import type { InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { makePlan } from '../../../src/deploy/plan/plan.ts';
import type { Plan, PlanInput } from '../../../src/deploy/model/plan.ts';
import { plan, play } from '../../soak/decisions.ts';
import { factsOf } from '../journal/journal-cases.ts';

const held = (...ids: string[]): InstanceFacts['releases'] =>
  ids.map((id, at) => ({ id, healthyAt: id.startsWith('bad') || id === 'new' ? null : at + 1 }));
const trackOf = (facts: InstanceFacts, before?: string | null) =>
  makePlan({
    environment: 'production',
    release: 'new',
    size: null,
    instances: [{ name: 'a', keep: 3, path: '/srv/shop' }],
    facts: { a: facts },
    strategy: 'rolling',
    batch: [{ count: 1 }],
    maxUnavailable: { count: 1 },
    maxFailures: 0,
    whole: true,
    groups: null,
    hooks: { prepare: false, once: false, after: false, failure: false },
    balanced: true,
    onFailure: 'revert',
    ...(before === undefined ? {} : { before: { a: before } }),
  } satisfies PlanInput).tracks[0];

describe('an instance that a run which died has left on a release that never passed its gate', () => {
  it('goes back to the newest that did', () => {
    for (const current of ['new', 'bad1'])
      expect(trackOf(factsOf({ current, releases: held('r1', 'r2', 'bad1', 'new') }))).to.include({
        previous: 'r2',
        astray: current,
      });
  });

  it('goes back to what ran before, when the journal of that run tells: the others do so too', () => {
    const facts = factsOf({ current: 'new', releases: held('r1', 'r2', 'new') });
    expect(trackOf(facts, 'r1')).to.include({ previous: 'r1', astray: 'new' });
    expect(trackOf(facts, null)).to.include({ previous: null, astray: 'new' });
    expect(trackOf(facts, 'gone'), 'deleted since').to.include({ previous: 'r2' });
    expect(trackOf(facts, 'new'), 'what is deployed now').to.include({ previous: 'r2' });
    const proven = factsOf({ current: 'r2', releases: held('r1', 'r2', 'new') });
    expect(trackOf(proven, 'r1'), 'it was not switched').to.include({ previous: 'r2' });
  });

  it('goes back to nothing when that release is the first', () => {
    expect(trackOf(factsOf({ current: 'new', releases: held('new') }))).to.include({
      previous: null,
      astray: 'new',
    });
  });

  it('goes back to what it runs when there is nothing better', () => {
    const track = trackOf(factsOf({ current: 'bad1', releases: held('bad1', 'new') }));
    expect(track).to.include({ previous: 'bad1' }).and.not.to.have.property('astray');
  });

  it('is none of those that run what passed, though a newer one passed as well', () => {
    const track = trackOf(factsOf({ current: 'r1', releases: held('r1', 'r2') }));
    expect(track).to.include({ previous: 'r1' }).and.not.to.have.property('astray');
  });

  const two = (over: Partial<Plan> = {}): Plan => {
    const of = plan(2, over);
    return { ...of, tracks: of.tracks.map((track, at) => (at === 1 ? { ...track, astray: 'new' } : track)) };
  };
  const fails = ({ kind, instance }: { kind: string; instance: string }): boolean =>
    kind === 'gate' && instance === 'web-1';

  it('goes back with the others, after them, when the deploy fails before it was touched', () => {
    const { end, waves } = play(two(), fails);
    expect(end).to.equal('reverted');
    expect(waves.slice(5)).to.deep.equal([
      'restore web-1',
      'regate web-1',
      'reready web-1',
      'redrain web-2',
      'restore web-2',
      'regate web-2',
      'reready web-2',
    ]);
  });

  it('stays as it is when nothing was switched, and when nothing is to be put back', () => {
    expect(play(two(), ({ kind }) => kind === 'stage').waves).to.have.length(1);
    const { end, waves } = play(two({ onFailure: 'freeze' }), fails);
    expect([end, waves.some((wave) => wave.includes('restore'))]).to.deep.equal(['frozen', false]);
  });
});
