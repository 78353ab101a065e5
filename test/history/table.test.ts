import { expect } from 'chai';
import { actionsOf } from '../../src/history/parse.ts';
import type { Commits } from '../../src/history/commits.ts';
import { longDuration, table, type HistoryPage } from '../../src/history/table.ts';
import { acted, minute, release, start, stream, unfinished } from './entries.ts';

const plain = (_: string, text: string): string => text;
const commits = (more: Partial<Commits> = {}): Commits => ({
  list: [],
  more: 0,
  back: false,
  missing: [],
  cut: false,
  ...more,
});
const told = (entries: Parameters<typeof stream>[0], found: Commits | null = null): HistoryPage => ({
  items: actionsOf(stream(entries)).map((action) => ({ ...action, commits: found })),
  older: 0,
});
const reverted = acted(0, {
  release: release(2),
  previous: release(1),
  took: 3,
  outcome: 'reverted',
  reasons: ['web-3: gate failed: status 500'],
});

describe('the history for people', () => {
  it('is a line an action, and below it what there is to say', () => {
    const list = [{ commit: '2222222', subject: 'fix the cart', author: 'Ann' }];
    const { items } = told(reverted, commits({ list, more: 12 }));
    const gap = { kind: 'gap', at: start, environment: 'production', says: 'no entry tells it' } as const;
    const odd = { kind: 'unreadable', at: start, count: 3 } as const;
    expect(table({ items: [...items, gap, odd], older: 7 }, plain).split('\n')).to.deep.equal([
      'when (UTC)           what               release                        took   outcome   who',
      '2026-11-01 00:00:00  deploy production  20261101000002-2222222-aaaaaa  3 min  reverted  shop #7',
      '    before: 20261101000001-1111111-aaaaaa',
      '    + 2222222 fix the cart (Ann)',
      '    … and 12 more',
      '    because web-3: gate failed: status 500',
      '--- gap: no entry tells it',
      '--- unreadable: 3 entries that Canopy did not write',
      '… and 7 older (--limit)',
    ]);
  });

  it('says that an action has no outcome', () => {
    const lines = table(told(unfinished(0, { release: release(1) })), plain).split('\n');
    expect(lines[1]).to.match(/ - +no outcome +shop #7$/);
    expect(lines[2]).to.equal('    no outcome: it died or is running');
  });

  const cases: [string, Commits, string][] = [
    [
      'not in this clone',
      commits({ missing: ['1111111', '2222222'] }),
      'commits: 1111111 and 2222222 are not in this clone',
    ],
    ['the same commit', commits(), 'commits: the same commit, built anew'],
    [
      'cut where the clone ends',
      commits({ cut: true, list: [{ commit: '2222222', subject: 'x', author: 'Ann' }] }),
      '… and what this clone lacks: it is shallow (git fetch --unshallow gets the rest)',
    ],
    [
      'taken back',
      commits({ back: true, list: [{ commit: '2222222', subject: 'x', author: 'Ann' }] }),
      '- 2222222 x (Ann)',
    ],
  ];
  for (const [name, found, line] of cases)
    it(`tells of commits: ${name}`, () =>
      expect(table(told(reverted, found), plain).split('\n')).to.include(`    ${line}`));

  it('is coloured by the paint it is given, and stays in its columns', () => {
    const paint = (style: string, text: string): string => `<${style}>${text}</>`;
    const painted = table(told(reverted), paint);
    expect(painted).to.contain('<red>reverted</>').and.to.contain('<dim>    before');
    expect(painted.replace(/<[^>]*>/g, '')).to.equal(table(told(reverted), plain));
  });

  it('says that there is nothing', () => {
    expect(table({ items: [], older: 0 }, plain)).to.equal('nothing of that is in the audit stream');
  });

  it('shows long times in hours and days', () => {
    const shown = [850, 59 * minute, 60 * minute, 192 * minute, 1440 * minute, 3000 * minute].map(
      longDuration,
    );
    expect(shown).to.deep.equal(['850 ms', '59 min', '1 h', '3 h 12 min', '1 d', '2 d 2 h']);
  });
});
