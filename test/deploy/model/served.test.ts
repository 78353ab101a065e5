import { expect } from 'chai';
import fc from 'fast-check';
import { readServed, servedLine, type ServedRecord } from '../../../src/deploy/model/served.ts';
import { earlierRelease, waysBack } from '../../../src/deploy/model/ways-back.ts';
import { factsOf } from '../journal/journal-cases.ts';
import { forget, goesTo, newFleet, play, type Fleet } from '../plan/served-history.ts';

const after = (happened: string, of: Parameters<typeof newFleet>[0] = {}): Fleet => {
  const fleet = newFleet(of);
  play(fleet, happened);
  return fleet;
};

/** What happened, and where a rollback goes to then; null: nowhere. */
const histories: [what: string, happened: string, to: string | null][] = [
  ['what served before', 'A B', 'A'],
  ['not what was just gone back from', 'A B back C', 'A'],
  ['two back after two', 'A B C back', 'A'],
  ['nowhere after all of them', 'A B C back back', null],
  ['nowhere from the first', 'A', null],
  ['past what was gone back from, again and again', 'A B back C back D', 'A'],
  ['what was deployed in between', 'A B back C D back E', 'C'],
  ['past a deploy that failed', 'A B bad:C', 'A'],
  ['past a deploy that failed after a rollback', 'A B back bad:C D', 'A'],
  ['what served before an older one that was deployed again', 'A B C A', 'C'],
  ['on from there', 'A B C A back', 'B'],
  ['what served before one that was deployed again after a rollback', 'A B back B', 'A'],
  ['what served before the release that --to has named', 'A B C D to:B', 'A'],
  ['nowhere from the first that --to has named', 'A B C to:A', null],
  ['on from a newer one that --to has named', 'A B C back to:C', 'B'],
  ['what served before, when --to went to what had been gone back from', 'A B back to:B', 'A'],
  ['what somebody has switched to by hand', 'A B C hand:A D', 'A'],
  ['the last that served, when the present one never passed', 'A B cut:C', 'B'],
  ['the last that served, when that was gone back to', 'A B back cut:C', 'A'],
];

const disagreeing: typeof histories = [
  ['what served on all, from what one of them got alone', 'A B C-2', 'B'],
  ['what served on all, from what one of them got alone, and then another', 'A B C-2 D-2', 'B'],
  ['what one of them has gone back to alone', 'A B back-2', 'A'],
  ['past what one of them has gone back from alone', 'A B back-2 C', 'A'],
  ['what served on all before, when both came to the same by different ways', 'A B-2 C', 'A'],
  ['on from where one went back alone and the other followed', 'A B C back-2 back-1', 'A'],
  ['nowhere, when one of them holds nothing else', 'A-1 B', null],
];

const groups: typeof histories = [
  ['what the other group served', 'A B', 'A'],
  ['not what was just gone back from', 'A B back C', 'A'],
  ['two back after two, on the group that has it', 'A B C back', 'A'],
  ['nowhere after all of them', 'A B C back back', null],
  ['what served before an older one that was deployed again', 'A B C B', 'C'],
  ['past what was gone back from, when that is what the idle group has', 'A B C D back', 'B'],
  ['past a deploy that failed', 'A B C back bad:D', 'A'],
];

describe('a rollback goes to', () => {
  for (const [what, happened, to] of [...histories, ...disagreeing])
    it(`${what}: ${happened}`, () => expect(goesTo(after(happened))).to.equal(to));

  for (const [what, happened, to] of groups)
    it(`${what}, blue-green: ${happened}`, () =>
      expect(goesTo(after(happened, { groups: true }))).to.equal(to));

  it('what passed before, where an earlier version of Canopy has left no record', () => {
    const fleet = after('A B C');
    forget(fleet);
    expect(goesTo(fleet)).to.equal('B');
    play(fleet, 'D');
    expect(goesTo(fleet)).to.equal('C');
    play(fleet, 'back');
    expect(goesTo(fleet)).to.equal('B');
    play(fleet, 'back back');
    expect(goesTo(fleet)).to.equal(null);
  });

  it('not what was gone back from before the record began, as far as the marks tell', () => {
    const fleet = after('A B back');
    forget(fleet);
    play(fleet, 'C');
    expect(goesTo(fleet)).to.equal('A');
    play(fleet, 'back');
    expect(goesTo(fleet)).to.equal(null);
  });

  it('what the deploy has come from that left some behind', () => {
    const left = [{ current: 'A', served: [line('on', 'A'), line('on', 'B', 'A')] }, {}].map((over) =>
      factsOf({
        current: 'B',
        releases: held('A', 'B'),
        served: [line('on', 'A'), line('on', 'B', 'A')],
        ...over,
      }),
    );
    expect(earlierRelease(left)).to.equal('A');
    expect(earlierRelease(left, 'B')).to.equal('B');
    expect(earlierRelease(left, 'gone')).to.equal('A');
    expect(earlierRelease(left.slice(1), 'B'), 'all run it').to.equal('A');
  });
});

describe('what stays on the servers', function () {
  this.timeout(20_000);
  const word = fc.oneof(
    fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F'),
    fc.constantFrom('bad:G', 'bad:H', 'A-1', 'B-2', 'C-2', 'D-1'),
    fc.constantFrom('back', 'back', 'back-1', 'back-2'),
  );

  for (const grouped of [false, true])
    it(`is always what a rollback would go to next${grouped ? ', blue-green' : ''} (property)`, () => {
      const words = grouped ? fc.constantFrom('A', 'B', 'C', 'D', 'back', 'back', 'bad:G') : word;
      fc.assert(
        fc.property(fc.array(words, { maxLength: 14 }), fc.constantFrom(1, 2, 3), (happened, keep) => {
          const fleet = newFleet({ keep, groups: grouped });
          for (const next of happened) {
            const all = structuredClone({ ...fleet, keep: 100 });
            const only = /-(\d)$/.exec(next)?.[1];
            const on = only === undefined ? undefined : [`web-${only}`];
            if (next.startsWith('back') && goesTo(fleet, on) === null) continue;
            play(all, next);
            play(fleet, next);
            expect(goesTo(fleet, on), [...happened].join(' ')).to.equal(goesTo(all, on));
          }
        }),
        { numRuns: 150 },
      );
    });

  it('never comes back to what a chain of rollbacks has left (property)', () => {
    const ids = fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'back');
    fc.assert(
      fc.property(fc.array(ids, { minLength: 1, maxLength: 20 }), (happened) => {
        const fleet = newFleet({ keep: 100 });
        let deploys = 0;
        for (const next of happened) {
          if (next === 'back' && goesTo(fleet) === null) continue;
          if (next !== 'back' && fleet.facts['web-1']?.current !== next) deploys += 1;
          play(fleet, next);
        }
        let backs = 0;
        for (; goesTo(fleet) !== null; backs += 1) play(fleet, 'back');
        expect(backs).to.be.lessThan(Math.max(1, deploys));
      }),
      { numRuns: 100 },
    );
  });

  it('is the newest of what served, the way back first: what was gone back from goes before it', () => {
    const ids = (happened: string, keep: number): string[] | undefined =>
      after(happened, { keep })
        .facts['web-1']?.releases.map(({ id }) => id)
        .sort();
    expect(ids('A B back C', 2)).to.deep.equal(['A', 'C']);
    expect(ids('A B C D', 2)).to.deep.equal(['C', 'D']);
    expect(ids('A B C D', 1)).to.deep.equal(['C', 'D']);
    expect(ids('A B C back', 1)).to.deep.equal(['B', 'C']);
    expect(ids('A B bad:C D', 5)).to.deep.equal(['A', 'B', 'D']);
  });
});

function line(way: ServedRecord['way'], id: string, before: string | null = null): ServedRecord {
  return { at: 1, token: 1, way, whole: true, id, before };
}
function held(...ids: string[]) {
  return ids.map((id, at) => ({ id, healthyAt: at + 1 }));
}

describe('the record of what served when', () => {
  it('says the same when it is read again', () => {
    for (const one of [line('on', 'r1'), line('back', 'r1', 'r2'), { ...line('on', 'r'), whole: false }])
      expect(readServed(servedLine(one))).to.deep.equal(one);
  });

  const hostile = [
    '',
    'x',
    '1 1 on all r1',
    '1 1 on all r1 - more',
    '1 1 on all ../r1 -',
    '1 1 on all r1 $(reboot)',
    '1 1 remove all r1 -',
    '1 1 on most r1 -',
    '-1 1 on all r1 -',
    '1e3 1 on all r1 -',
    '1  1 on all r1 -',
    '9999999999999999 1 on all r1 -',
  ];
  for (const text of hostile)
    it(`is not ${JSON.stringify(text)}`, () => expect(readServed(text)).to.equal(null));

  it('changes nothing when a line stands there twice', () => {
    const all = [
      line('on', 'A'),
      line('on', 'B', 'A'),
      line('on', 'C', 'B'),
      line('back', 'B', 'C'),
      line('on', 'A', 'B'),
    ];
    const ways = (served: ServedRecord[]): string[] =>
      waysBack(factsOf({ current: 'A', releases: held('A', 'B', 'C'), served }));
    expect(ways(all.flatMap((one) => [one, one]))).to.deep.equal(ways(all));
  });
});
