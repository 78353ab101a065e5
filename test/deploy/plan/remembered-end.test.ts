import { expect } from 'chai';
import { isNews } from '../../../src/deploy/refuse-blocked.ts';
import { lastOn, planAgain, type Remembered } from '../../../src/deploy/plan/remembered.ts';
import { journalOf } from '../journal/journal-cases.ts';
import {
  back,
  came,
  finished,
  inputOf,
  next,
  on,
  proven,
  runsNew,
  switched,
  type Fleet,
} from './remembered-cases.ts';

describe('what the servers remember beside what was done', () => {
  it('starts nothing on the way back that did not run before', () => {
    const site = { foreign: [{ id: 'site', link: 'by-hand' }] };
    const facts = {
      a: on(came(switched, { previous: 'site', stopped: true, failed: true }), { ...runsNew, ...site }),
      b: on(null, { current: 'site', running: false, ...site }),
    };
    const last = lastOn(facts, 'production');
    if (last === null || 'unclear' in last) throw new Error('it is clear');
    const plan = planAgain(last, inputOf(facts));
    if ('unclear' in plan) throw new Error(plan.unclear);
    expect(plan.tracks.map(({ previous, stopped }) => [previous, stopped])).to.deep.equal([
      ['site', true],
      ['site', true],
    ]);
    expect(next({ a: facts.a })).to.equal('collect a new');
  });

  it('knows of each whether it is a rollback to what had served before', () => {
    const facts = {
      a: on(came(switched, { order: 'rollback', back: true }), runsNew),
      b: on(came(switched, { order: 'rollback' }), runsNew),
    };
    const last = lastOn(facts, 'production');
    if (last === null || 'unclear' in last) throw new Error('it is clear');
    const plan = planAgain(last, inputOf(facts));
    if ('unclear' in plan) throw new Error(plan.unclear);
    expect(plan.tracks.map(({ back: isBack }) => isBack)).to.deep.equal([true, undefined]);
  });

  describe('that was left mixed', () => {
    const mixed = { mixed: true };
    const of = (facts: Fleet): boolean | undefined => {
      const last = lastOn(facts, 'production');
      return last === null || 'unclear' in last ? undefined : last.mixed;
    };
    it('is, when one that knows the last of it says so', () => {
      expect(of({ a: on(came(finished, mixed), proven), b: on(came(switched), runsNew) })).to.equal(true);
      // Somebody has taken it up, and was not told of by all.
      const later = on(came(finished, { token: 8 }), proven);
      expect(of({ a: on(came(finished, mixed), proven), b: later })).to.equal(false);
      // Another one has come since.
      expect(
        of({ a: on(came(finished, mixed), proven), b: on(came(finished, { deploy: 'x', token: 8 })) }),
      ).to.equal(false);
    });

    for (const [says, facts, then] of [
      [
        'its end is tried again, and the health before',
        { a: on({ ...mixed, begun: finished, done: switched }, runsNew) },
        'gate a new',
      ],
      [
        'its way back is tried again',
        { a: on({ ...mixed, failed: true, begun: [...switched, 'restore'], done: switched }, runsNew) },
        'collect a new',
      ],
      [
        'all of a batch went back but one',
        {
          a: on(back({ ...mixed, failed: true })),
          b: on({ ...mixed, begun: [...switched, 'restore'], done: switched }, runsNew),
        },
        'redrain b old',
      ],
    ] as const)
      it(says, () => expect(next(facts)).to.equal(then));
  });

  for (const [says, last, stored, news] of [
    ['the store knows nothing', {}, null, true],
    ['the store knows an earlier one', {}, { token: 6, deploy: 'before' }, true],
    ['the store knows a later one', {}, { token: 8, deploy: 'after' }, false],
    ['the store has lost its end', {}, { state: 'running' }, true],
    ['it is taken up', {}, { state: 'running', token: 8 }, false],
    ['somebody has released it', {}, { state: 'failed' }, false],
    ['it was brought to its end', { token: 7 }, { state: 'done', token: 8 }, false],
  ] as const)
    it(`they know more than the store: ${says}: ${news}`, () => {
      const own = { deploy: journalOf().deploy, token: 7, ...last } as Remembered;
      expect(isNews(own, stored === null ? null : { ...journalOf(), ...stored })).to.equal(news);
    });
});
