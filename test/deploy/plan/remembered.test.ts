import { expect } from 'chai';
import { decide } from '../../../src/deploy/decide/decide.ts';
import { journalFrom } from '../../../src/deploy/journal/from-servers.ts';
import { resumed } from '../../../src/deploy/journal/resumed.ts';
import { lastOn, planAgain } from '../../../src/deploy/plan/remembered.ts';
import { factsOf } from '../journal/journal-cases.ts';
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

describe('a deploy that only its servers remember', () => {
  const cases: readonly (readonly [says: string, facts: Fleet, next: string])[] = [
    ['nobody has noted anything', { a: on(null), b: on(null) }, 'none'],
    ['of another environment', { a: on(came(switched, { environment: 'canary' })) }, 'none'],
    ['died while it sent', { a: on(came(['stage'])), b: on({ begun: ['stage'] }) }, 'stage b new'],
    ['one was not even begun', { a: on(came(['stage'])), b: on(null) }, 'stage b new'],
    ['died before the first switch', { a: on(came(['stage'])), b: on(came(['stage'])) }, 'drain a new'],
    // Whether it is drained no server knows: that is done again.
    [
      'died in the switch',
      { a: on({ begun: switched, done: ['stage'] }, runsNew), b: on(came(['stage'])) },
      'drain a new',
    ],
    ['died at the gate', { a: on(came(switched), runsNew), b: on(came(['stage'])) }, 'gate a new'],
    [
      'died on its way back: something has failed on b',
      { a: on(came(switched), runsNew), b: on(back({ failed: true })) },
      'collect b new',
    ],
    [
      'died on its way back for another reason: it goes on going back',
      { a: on(came(switched), runsNew), b: on(back()) },
      'regate b old',
    ],
    [
      'died in the way back',
      { a: on(came(switched), runsNew), b: on({ begun: [...switched, 'restore'], done: switched }, runsNew) },
      'redrain b old',
    ],
    [
      'all but one have come to their end',
      { a: on(came(finished), proven), b: on(came(switched), runsNew) },
      'gate a new',
    ],
    ['all have', { a: on(came(finished), proven), b: on(came(finished), proven) }, 'over'],
    [
      'all have, and one does not run any more',
      { a: on(came(finished), proven), b: on(came(finished), { ...proven, running: false }) },
      'gate a new',
    ],
    [
      'all went back, and the servers were told that it is over',
      { a: on(back({ over: true })), b: on(came(['stage'])) },
      'over',
    ],
    [
      'a part: the others are left alone',
      {
        a: on(came(['stage'], { whole: false })),
        b: on(null),
        c: on(came(finished, { deploy: 'x', token: 3 })),
      },
      'drain a new',
    ],
    [
      'a rollback',
      { a: on(came(['stage'], { order: 'rollback', brings: 'old', previous: 'new' }), runsNew) },
      'drain a old',
    ],
  ];
  for (const [says, facts, then] of cases) it(says, () => expect(next(facts)).to.equal(then));

  it('takes whoever was switched out of the traffic before it goes back, and back whoever may have left it', () => {
    const facts = {
      a: on(came(switched), runsNew),
      b: on({ begun: ['stage'], done: ['stage'] }),
      c: on(came(['stage'])),
    };
    const last = lastOn(facts, 'production');
    if (last === null || 'unclear' in last) throw new Error('it is clear');
    const plan = planAgain(last, inputOf(facts));
    if ('unclear' in plan) throw new Error(plan.unclear);
    const stand = resumed(journalFrom(last, plan, 'me'), facts);
    const waves: string[] = [];
    for (;;) {
      const decision = decide(stand.plan, stand.progress, 'lost');
      if ('end' in decision) break;
      waves.push(decision.act.map(({ kind, instance }) => `${kind} ${instance}`).join(', '));
      for (const action of decision.act) stand.progress.note({ ...action, result: 'ok', reason: null });
    }
    expect(waves).to.deep.equal(['undrain b', 'redrain a', 'restore a', 'regate a', 'reready a']);
  });

  it('is the one with the newest token; what others have noted of an earlier one does not count', () => {
    const facts = {
      a: on(came(finished, { deploy: 'first', token: 5 }), proven),
      b: on(came(['stage'], { deploy: 'second', token: 6, brings: 'newer' })),
    };
    expect(lastOn(facts, 'production')).to.deep.include({ deploy: 'second', brings: 'newer', token: 6 });
    expect(lastOn(facts, 'production', 'first')).to.deep.include({ deploy: 'first' });
    expect(lastOn(facts, 'production', 'third')).to.equal(null);
  });

  it('goes back to what each server has noted, not to what it runs now', () => {
    const facts = {
      a: on(came(finished, { previous: 'older' }), proven),
      b: on(came(switched, { previous: null }), runsNew),
      c: on(came(['stage'])),
    };
    const last = lastOn(facts, 'production');
    if (last === null || 'unclear' in last) throw new Error('it is clear');
    const plan = planAgain(last, inputOf(facts));
    if ('unclear' in plan) throw new Error(plan.unclear);
    expect(plan.tracks.map(({ previous, astray }) => [previous, astray])).to.deep.equal([
      ['older', undefined],
      [null, undefined],
      ['old', undefined],
    ]);
  });

  const unclear: readonly (readonly [says: string, facts: Fleet])[] = [
    ['two deploys with one token', { a: on(came(['stage'], { deploy: 'one' })), b: on({ deploy: 'two' }) }],
    ['one deploy with two releases', { a: on(came(['stage'])), b: on({ brings: 'other' }) }],
    ['a deploy to one, a rollback to another', { a: on(came(['stage'])), b: on({ order: 'rollback' }) }],
  ];
  for (const [says, facts] of unclear)
    it(`is unclear: ${says}`, () => {
      expect(lastOn(facts, 'production')).to.have.property('unclear').that.contains('a has noted');
    });

  describe('of two groups', () => {
    const groups = [
      ['b-1', 'b-2'],
      ['g-1', 'g-2'],
    ] as const;
    const over = { strategy: 'blue-green', groups } as const;
    const old = on(null);
    const green = { 'g-1': old, 'g-2': old };
    const moved = on(came(switched), runsNew);
    const warm = on({ begun: ['finish'], previous: 'new' }, proven);
    const scenes: readonly (readonly [says: string, facts: Fleet, next: string])[] = [
      [
        'died in the switch of those that waited',
        { 'b-1': moved, 'b-2': on({ begun: switched, done: ['stage'] }, runsNew), ...green },
        'drain b-2 new',
      ],
      ['died at the gate', { 'b-1': moved, 'b-2': moved, ...green }, 'gate b-1 new, gate b-2 new'],
      [
        'the same for the other group',
        { 'b-1': old, 'b-2': old, 'g-1': moved, 'g-2': moved },
        'gate g-1 new, gate g-2 new',
      ],
      [
        'one that was warm died at its end',
        { 'b-1': warm, 'b-2': warm, ...green },
        'gate b-1 new, gate b-2 new',
      ],
      [
        'both groups say that they were deployed to',
        { 'b-1': moved, 'b-2': old, 'g-1': moved, 'g-2': old },
        'instances of both groups have noted that they were deployed to',
      ],
    ];
    for (const [says, facts, then] of scenes) it(says, () => expect(next(facts, over)).to.equal(then));

    it('tells the old one to stop when that is all that is left', () => {
      const facts = {
        'b-1': on(came(finished), proven),
        'b-2': on(came(finished), proven),
        'g-1': on(came(['cool'])),
        'g-2': on({ begun: ['cool'] }),
      };
      expect(next(facts, over)).to.equal('gate b-1 new, gate b-2 new');
      expect(next({ ...facts, 'g-2': on(came(['cool'])) }, over)).to.equal('over');
    });

    it('has no group that serves at the first deploy', () => {
      const nothing = factsOf({ current: null, running: false, releases: [] });
      const first = on(came(switched, { previous: null }), runsNew);
      const facts = { 'b-1': first, 'b-2': first, 'g-1': nothing, 'g-2': nothing };
      const last = lastOn(facts, 'production');
      if (last === null || 'unclear' in last) throw new Error('it is clear');
      expect(planAgain(last, inputOf(facts, over))).to.deep.include({ retire: [] });
    });
  });
});
