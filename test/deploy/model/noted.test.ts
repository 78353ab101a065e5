import { expect } from 'chai';
import { notedLine, readNoted, type NotedLine } from '../../../src/deploy/model/noted.ts';

const line = (over: Partial<NotedLine> = {}): string =>
  `2026-11-21T09:30:00Z ${notedLine.format({
    deploy: '20261121T093000-1a2b3c',
    action: 'stage',
    release: 'r2',
    state: 'begin',
    environment: 'production',
    order: 'deploy',
    whole: true,
    brings: 'r2',
    previous: 'r1',
    token: 7,
    stopped: false,
    back: false,
    failed: false,
    ...over,
  })}`;
const both = (action: NotedLine['action'], over: Partial<NotedLine> = {}): string[] => [
  line({ action, ...over }),
  line({ action, ...over, state: 'done' }),
];

describe('what a server has noted of its last deploy', () => {
  it('is what was begun there and what was done, with the newest token', () => {
    const all = [...both('stage'), ...both('activate'), line({ action: 'finish', token: 9 })];
    expect(readNoted(all)).to.deep.equal({
      deploy: '20261121T093000-1a2b3c',
      environment: 'production',
      order: 'deploy',
      whole: true,
      brings: 'r2',
      previous: 'r1',
      token: 9,
      stopped: false,
      back: false,
      failed: false,
      over: false,
      mixed: false,
      begun: ['stage', 'activate', 'finish'],
      done: ['stage', 'activate'],
    });
  });

  it('is of the last one alone', () => {
    const all = [...both('finish', { deploy: 'before', brings: 'r1', previous: null }), ...both('stage')];
    expect(readNoted(all))
      .to.include({ brings: 'r2' })
      .and.to.deep.include({ done: ['stage'] });
  });

  it('has gone back when that was the last, and not when it was switched again since', () => {
    const back = [...both('activate'), ...both('restore', { release: 'r1', failed: true })];
    expect(readNoted(back)).to.deep.include({ done: ['activate', 'restore'], failed: true });
    expect(readNoted([...back, ...both('activate')])).to.deep.include({ done: ['activate'], failed: false });
  });

  it('is over when that was the last word, and not when it was taken up since', () => {
    const over = [...both('activate'), ...both('restore'), line({ action: 'restore', state: 'over' })];
    expect(readNoted(over))
      .to.include({ over: true })
      .and.to.deep.include({ done: ['activate', 'restore'] });
    expect(readNoted([...over, line({ action: 'stage' })])).to.include({ over: false });
  });

  it('was left mixed when that was the last word, and not when it was taken up since', () => {
    const mixed = [...both('activate'), line({ action: 'activate', state: 'mixed' })];
    expect(readNoted(mixed))
      .to.include({ mixed: true, over: false })
      .and.to.deep.include({ done: ['activate'] });
    expect(readNoted([...mixed, line({ action: 'finish', token: 8 })])).to.include({ mixed: false });
  });

  it('has its track of what did not run, and of a rollback, also beside lines of an older version', () => {
    const older = line().replace(/"stopped":false,"back":false,/, '');
    expect(older).not.to.equal(line());
    expect(readNoted([older])).to.include({ stopped: false, back: false });
    expect(readNoted([older, line({ stopped: true, back: true })])).to.include({ stopped: true, back: true });
  });

  it('is for a part when any line says so', () => {
    expect(readNoted([line(), line({ whole: false })])?.whole).to.equal(false);
  });

  it('passes over what was cut, what an older version wrote, and what is not ours', () => {
    const old = '2026-11-21T09:30:00Z {"deploy":"d1","action":"stage","release":"r2","state":"done"}';
    const cut = line().slice(0, -30);
    expect(readNoted([...both('stage'), cut])).to.deep.include({ done: ['stage'] });
    expect(readNoted([old, cut, '', 'Welcome', '2026 {}', '2026 null'])).to.equal(null);
  });

  it('is nothing when one deploy says two things', () => {
    for (const over of [
      { brings: 'r3' },
      { order: 'rollback' },
      { previous: null },
      { environment: 'canary' },
    ])
      expect(readNoted([line(), line(over as Partial<NotedLine>)]), JSON.stringify(over)).to.equal(null);
  });

  it('believes no server that names hostile things', () => {
    const good = line();
    for (const [ours, theirs] of [
      ['"r2"', '"../../etc"'],
      ['"r1"', '"; rm -rf /"'],
      ['"stage"', '"explode"'],
      ['"production"', '"a b"'],
      ['"token":7', '"token":-1'],
      ['"token":7', '"token":1e300'],
      ['"whole":true', '"whole":"yes"'],
      ['20261121T093000-1a2b3c', '$(id)'],
    ] as const)
      expect(readNoted([good.replace(ours, theirs)]), theirs).to.equal(null);
    expect(readNoted([`${good}${' '.repeat(5000)}`])).to.equal(null);
  });
});
