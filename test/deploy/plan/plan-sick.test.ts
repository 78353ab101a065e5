import { expect } from 'chai';
import type { InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { makePlan } from '../../../src/deploy/plan/plan.ts';
import type { PlanInput } from '../../../src/deploy/model/plan.ts';
import { factsOf } from '../journal/journal-cases.ts';

const held = (...ids: string[]) => ids.map((id, at) => ({ id, healthyAt: at + 1 }));
const runs = (over: Partial<InstanceFacts> = {}): InstanceFacts =>
  factsOf({ current: 'new', releases: held('older', 'old', 'new'), ...over });

const planOf = (
  facts: Readonly<Record<string, InstanceFacts>>,
  sick: readonly string[],
  over: Partial<PlanInput> = {},
) =>
  makePlan({
    environment: 'production',
    release: 'new',
    size: null,
    instances: Object.keys(facts).map((name) => ({ name, keep: 5, path: '/srv/shop' })),
    facts,
    strategy: 'rolling',
    batch: [{ count: 1 }],
    maxUnavailable: { count: 1 },
    maxFailures: 0,
    whole: true,
    groups: null,
    hooks: { prepare: false, once: false, after: false, failure: false },
    balanced: true,
    onFailure: 'revert',
    sick,
    ...over,
  });

describe('a plan when the release runs already', () => {
  it('leaves those alone that are healthy, and deploys to the one that is not as if it lacked it', () => {
    const { unchanged, tracks, batches } = planOf({ a: runs(), b: runs(), c: runs() }, ['b']);
    expect(unchanged).to.deep.equal(['a', 'c']);
    expect(batches).to.deep.equal([['b']]);
    expect(tracks[0]).to.deep.include({ instance: 'b', send: false, warm: false });
  });

  const before: readonly (readonly [string, InstanceFacts, Partial<PlanInput>, string])[] = [
    ['what was healthy before it', runs(), {}, 'old'],
    ['not what came after it', runs({ releases: held('old', 'new', 'newer') }), {}, 'old'],
    ['the release itself when nothing was', runs({ releases: held('new') }), {}, 'new'],
    ['what the deploy that died would have gone back to', runs(), { before: { a: 'older' } }, 'older'],
    ['not when that is gone', runs(), { before: { a: 'gone' } }, 'old'],
    ['not to nothing', runs(), { before: { a: null } }, 'old'],
  ];
  for (const [says, facts, over, previous] of before)
    it(`goes back to ${says}`, () => {
      expect(planOf({ a: facts }, ['a'], over).tracks[0]?.previous).to.equal(previous);
      expect(planOf({ a: { ...facts, running: false } }, [], over).tracks[0]?.previous).to.equal(previous);
    });

  const groups = [
    ['live-1', 'live-2'],
    ['idle-1', 'idle-2'],
  ] as const;
  const all = { 'live-1': runs(), 'live-2': runs(), 'idle-1': factsOf(), 'idle-2': runs() };

  it('of two groups: nothing to be done while the one that serves is healthy', () => {
    expect(planOf(all, [], { strategy: 'blue-green', groups }).tracks).to.deep.equal([]);
  });

  it('of two groups: the other one takes over when one that serves is not', () => {
    const { tracks, retire } = planOf(all, ['live-2'], { strategy: 'blue-green', groups });
    expect(tracks.map(({ instance, warm, previous }) => [instance, warm, previous])).to.deep.equal([
      ['idle-1', false, 'old'],
      ['idle-2', true, 'new'],
    ]);
    expect(retire).to.deep.equal(['live-1', 'live-2']);
  });
});
