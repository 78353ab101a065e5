import { expect } from 'chai';
import fc from 'fast-check';
import { shownOf, timeline, type HistoryFilter, type Item } from '../../src/history/plan.ts';
import { order } from '../../src/history/parse.ts';
import { acted, commit, minute, release, start, stream, unfinished } from './entries.ts';

const asked = (more: Partial<HistoryFilter> = {}): HistoryFilter => ({
  environment: null,
  traffic: [],
  limit: 20,
  since: null,
  release: null,
  ...more,
});
const timelineOf = (...entries: Parameters<typeof stream>): Item[] =>
  timeline({ entries: stream(...entries), unreadable: [] });
const words = (items: readonly Item[]): string[] =>
  items.map((item) =>
    item.kind === 'action'
      ? `${item.action} ${item.release ?? item.target ?? ''} ${item.outcome ?? 'open'}`
      : item.kind === 'gap'
        ? `gap: ${item.says}`
        : `unreadable ${item.count}`,
  );
const [r1, r2, r3] = [release(1), release(2), release(3)];

describe('the history of an environment', () => {
  it('is newest first, an intent and its outcome as one, with what ran before and both commits', () => {
    const items = timelineOf(
      acted(0, { release: r1, commit: commit(1) }),
      acted(9, { release: r2, previous: r1, commit: commit(2), took: 3, reasons: ['why'] }),
    );
    expect(words(items)).to.deep.equal([`deploy ${r2} done`, `deploy ${r1} done`]);
    expect(items[0]).to.include({
      at: start + 9 * minute,
      durationMs: 3 * minute,
      previous: r1,
      commit: commit(2),
      previousCommit: commit(1),
      lost: null,
    });
  });

  it('knows a commit from the release id when no entry tells it', () => {
    const [item] = timelineOf(acted(0, { action: 'rollback', release: r1, previous: r2 }));
    expect(item).to.include({ commit: '1111111', previousCommit: '2222222' });
    const [own] = timelineOf(acted(0, { release: 'mine', previous: '--output=/x' }));
    expect(own).to.include({ commit: null, previousCommit: null });
  });

  it('believes no commit that is none', () => {
    const [item] = timelineOf(acted(0, { release: 'mine', commit: '--output=/x' }));
    expect(item).to.include({ commit: null });
  });

  it('shows what has no outcome, and an intent that was written twice once', () => {
    expect(words(timelineOf(unfinished(0, { release: r1 })))).to.deep.equal([`deploy ${r1} open`]);
    const [first, ...rest] = acted(0, { release: r1 });
    if (!first) throw new TypeError('no entry');
    const twice = [{ ...first, id: `${start - 1}-0` }, first, ...rest];
    expect(words(timeline({ entries: stream(twice), unreadable: [] }))).to.deep.equal([`deploy ${r1} done`]);
  });

  it('shows nothing that moves a cursor or turns the text', () => {
    const nasty = 'a\u202eb\u200bc';
    const [item] = timelineOf(acted(0, { action: nasty, target: nasty, release: nasty, reasons: [nasty] }));
    expect(item).to.deep.include({ action: 'abc', target: 'abc', release: 'abc', reasons: ['abc'] });
  });
});

describe('a gap in the history', () => {
  const cases: [string, Item[], string[]][] = [
    [
      'none: each found what the one before it left',
      timelineOf(
        acted(0, { release: r1 }),
        acted(2, { release: r2, previous: r1 }),
        acted(4, { release: r3, previous: r2, outcome: 'reverted' }),
        acted(6, { action: 'rollback', release: r1, previous: r2 }),
      ),
      [],
    ],
    [
      'another release ran than the one that was left behind',
      timelineOf(acted(0, { release: r1 }), acted(2, { release: r3, previous: r2 })),
      [`no entry tells how production came from ${r1} to ${r2}`],
    ],
    [
      'it begins in the middle',
      timelineOf(acted(0, { release: r2, previous: r1 }), acted(2, { release: r3, previous: r2 })),
      [`what came before is not in the stream: production ran ${r1}`],
    ],
    [
      'none behind a deploy that died, was aborted, or went to some instances',
      timelineOf(
        acted(0, { release: r1 }),
        unfinished(2, { release: r2 }),
        acted(4, { release: r2, previous: r1, outcome: 'aborted' }),
        acted(6, { release: r2, previous: r2, target: 'web-1' }),
        acted(8, { release: r3, previous: r1 }),
      ),
      [],
    ],
    [
      'none between environments',
      timelineOf(acted(0, { release: r1 }), acted(2, { release: r2, environment: 'canary' })),
      [],
    ],
    [
      'none where an older version told no previous release',
      timelineOf(acted(0, { release: r1 }), acted(2, { release: r3 })),
      [],
    ],
  ];
  for (const [name, items, says] of cases)
    it(name, () =>
      expect(items.flatMap((item) => (item.kind === 'gap' ? [item.says] : []))).to.deep.equal(says),
    );

  it('stands where the beginning of an action is missing, unless that is only older than what is kept', () => {
    const [, outcome] = acted(5, { release: r1 });
    const [older] = acted(0, { action: 'flag set' });
    if (!outcome || !older) throw new TypeError('no entry');
    const lost = timeline({ entries: [outcome, older], unreadable: [] });
    expect(words(lost)[1]).to.match(/^gap: the beginning of this is missing/);
    expect(lost[0]).to.include({ at: start + 5 * minute, durationMs: minute });
    expect(words(timeline({ entries: [outcome], unreadable: [] }))).to.have.length(1);
    const never = { ...outcome, intent: null };
    expect(words(timeline({ entries: [never], unreadable: [] }))[1]).to.match(/^gap: /);
  });
});

describe('unreadable entries', () => {
  const entries = stream(acted(0, { release: r1 }), acted(10, { action: 'flag set', target: 'x' }));
  const at = (minutes: number, n = 0): string => `${start + minutes * minute}-${n}`;

  it('stand at their time, beside each other as one line', () => {
    const unreadable = [at(20), at(5, 2), at(5, 1), at(5), at(-1)];
    expect(words(timeline({ entries, unreadable }))).to.deep.equal([
      'unreadable 1',
      'flag set x done',
      'unreadable 3',
      `deploy ${r1} done`,
      'unreadable 1',
    ]);
  });

  it('take nobody’s place within the limit', () => {
    const unreadable = Array.from({ length: 500 }, (_, n) => at(5, 500 - n));
    const shown = shownOf(timeline({ entries, unreadable }), asked({ limit: 2 }));
    expect(words(shown.items)).to.deep.equal(['flag set x done', 'unreadable 500', `deploy ${r1} done`]);
    expect(shown.older).to.equal(0);
  });

  it('with odd ids do not hide the others', () => {
    const items = timeline({ entries, unreadable: ['0-0', at(5)] });
    expect(words(items).filter((word) => word.startsWith('unreadable'))).to.deep.equal(['unreadable 2']);
  });
});

describe('what is asked of the history', () => {
  const items = timelineOf(
    acted(0, { release: r1 }),
    acted(2, { release: r2, environment: 'canary' }),
    acted(4, { action: 'canary weight 33%', environment: 'canary', target: 'traffic' }),
    acted(6, { action: 'flag set', environment: '', target: 'checkout' }),
    acted(8, { release: r2, previous: r1 }),
    acted(10, { release: r3, environment: 'staging' }),
  );
  const cases: [string, Partial<HistoryFilter>, string[]][] = [
    [
      'an environment, with its traffic and what concerns all',
      { environment: 'production', traffic: ['production', 'canary'] },
      [`deploy ${r2} done`, 'flag set checkout done', 'canary weight 33% done', `deploy ${r1} done`],
    ],
    [
      'one that has no part in the traffic',
      { environment: 'staging', traffic: ['production', 'canary'] },
      [`deploy ${r3} done`, 'flag set checkout done'],
    ],
    ['a release, also where it was replaced', { release: r1 }, [`deploy ${r2} done`, `deploy ${r1} done`]],
    ['since a time', { since: start + 8 * minute }, [`deploy ${r3} done`, `deploy ${r2} done`]],
    ['so many', { limit: 1 }, [`deploy ${r3} done`]],
    ['nothing of that', { release: 'x' }, []],
  ];
  for (const [name, more, wanted] of cases)
    it(name, () => {
      const got = words(shownOf(items, asked(more)).items).map((word) => word.replace('traffic ', ''));
      expect(got).to.deep.equal(wanted);
    });

  it('tells how many it leaves out', () => {
    expect(shownOf(items, asked({ limit: 4 })).older).to.equal(2);
  });
});

describe('ids of entries', () => {
  it('are ordered by time, then number, whatever their length (property)', () => {
    const part = fc.nat({ max: 1e15 });
    fc.assert(
      fc.property(part, part, part, part, (a, b, c, d) => {
        const wanted = Math.sign(a - c || b - d) || 0;
        expect(order(`${a}-${b}`, `${c}-${d}`)).to.equal(wanted);
      }),
    );
    expect(order('9-0', '10-0')).to.equal(-1);
  });
});
