import { expect } from 'chai';
import { cookieFor } from '../../../src/router/split/sticky-cookie.ts';
import { ALWAYS, FREE, NEVER } from '../../../src/router/split/arm.ts';
import type { Change } from '../../../src/traffic/index.ts';
import { splitter, withCookie } from '../../support/router/splitter.ts';

const alert = { since: 1, by: 'ann', reason: 'errors' };
const key = Buffer.alloc(32, 1);
const at = (place: number): string[] => withCookie(cookieFor(key, 'shop', '00ff', place));
const always = ['X-Canary', ' ALWAYS '];
const never = ['x-canary', 'never'];

describe('who goes where', () => {
  for (const weight of [5, 33, 50, 12.5, 100]) {
    it(`10,000 new clients at ${weight} %, by cookie`, () => {
      const it = splitter('cookie', weight);
      for (let n = 0; n < 10_000; n += 1) it.ask();
      expect(it.fleet.observed.canary).to.be.closeTo(weight * 100, 3);
    });
  }

  it('a client keeps its side by its cookie, and gets no second one', () => {
    const it = splitter('cookie', 33);
    for (let n = 0; n < 200; n += 1) {
      const first = it.ask();
      const cookie = first.given.give as string;
      for (let again = 0; again < 3; again += 1) {
        const next = it.ask(withCookie(cookie));
        expect(next.arm).to.equal(first.arm);
        expect(next.given).to.include({ give: null, came: true });
      }
    }
  });

  it('a ramp 5 -> 33 -> 50 keeps every client of the canary, and gives each share at once', () => {
    const it = splitter('cookie', 5);
    const clients = Array.from({ length: 10_000 }, () => it.ask().given.give as string);
    let before = new Set<number>();
    for (const weight of [5, 33, 50]) {
      it.change({ kind: 'weight', weight });
      const now = new Set<number>();
      clients.forEach((cookie, n) => it.ask(withCookie(cookie)).arm === 'canary' && now.add(n));
      expect([...before].filter((n) => !now.has(n))).to.deep.equal([]);
      expect(now.size).to.be.closeTo(weight * 100, 3);
      before = now;
    }
    it.change({ kind: 'weight', weight: 5 });
    const back = clients.filter((cookie) => it.ask(withCookie(cookie)).arm === 'canary').length;
    expect(back, 'those of the beginning').to.be.closeTo(500, 3);
  });

  it('a new rollout makes the cookies of the last one void', () => {
    const it = splitter('cookie', 10);
    const clients = Array.from({ length: 5000 }, () => it.ask().given.give as string);
    const first = clients.filter((cookie) => it.ask(withCookie(cookie)).arm === 'canary');
    it.change({ kind: 'enable', on: true, salt: 'abcdef' });
    const again = first.map((cookie) => it.ask(withCookie(cookie)));
    expect(again.every(({ given }) => given.give !== null)).to.equal(true);
    expect(again.filter(({ arm }) => arm === 'canary').length / first.length).to.be.closeTo(0.1, 0.02);
  });

  it('two routers agree on every cookie', () => {
    const [one, two] = [splitter('cookie', 33), splitter('cookie', 33, { turn: 77 })];
    for (let n = 0; n < 500; n += 1) {
      const first = one.ask();
      const other = two.ask(withCookie(first.given.give as string));
      expect([other.arm, other.given.give]).to.deep.equal([first.arm, null]);
    }
  });

  it('a cookie that an earlier key has signed keeps its place, and is signed anew', () => {
    const it = splitter('cookie', 33);
    const first = it.ask().given;
    it.who.use([Buffer.alloc(32, 9), key]);
    const second = it.ask(withCookie(first.give as string)).given;
    expect(second.place).to.equal(first.place);
    expect(second.give).to.be.a('string').that.is.not.equal(first.give);
    expect(it.ask(withCookie(second.give as string)).given).to.deep.equal({
      place: first.place,
      came: true,
      give: null,
    });
  });

  it('a forged cookie is replaced, and does not choose a side', () => {
    const it = splitter('cookie', 50);
    const forged = withCookie('1.00ff.0000.AAAAAAAAAAAAAAAA');
    const sides = Array.from({ length: 1000 }, () => it.ask(forged));
    expect(sides.filter(({ arm }) => arm === 'canary').length).to.be.closeTo(500, 3);
    expect(sides.every(({ given }) => given.came && given.give !== null)).to.equal(true);
  });

  it('of several cookies the first good one counts', () => {
    const it = splitter('cookie', 50);
    const good = cookieFor(key, 'shop', '00ff', 1);
    const headers = ['cookie', `canopy-shop=x; canopy-shop=${good}`, 'cookie', 'canopy-shop=y'];
    expect(it.ask(headers).given).to.deep.equal({ place: 1, came: true, give: null });
  });

  it('is right about the cookies of many clients', () => {
    const it = splitter('cookie', 50);
    const clients = Array.from({ length: 30_000 }, () => it.ask().given);
    for (const { give, place } of clients)
      expect(it.ask(withCookie(give as string)).given.place).to.equal(place);
    expect(
      new Set(clients.map(({ give }) => give)).size,
      'one cookie a place: it identifies nobody',
    ).to.equal(10_000);
  });

  const none: [what: string, change: Change][] = [
    ['there is no canary', { kind: 'enable', on: false }],
    ['nobody is to stick', { kind: 'sticky', mode: 'none' }],
    ['the share is 0', { kind: 'weight', weight: 0 }],
    ['an alert holds', { kind: 'alert', actor: 'r1', alert }],
    ['the canary is reverted', { kind: 'revert', alert }],
  ];
  for (const [what, change] of none) {
    it(`no cookie is given while ${what}`, () => {
      const it = splitter('cookie', 33);
      it.change(change);
      expect(it.ask().given).to.deep.equal({ place: FREE, came: false, give: null });
      expect(it.ask(at(0)).given).to.deep.equal({ place: FREE, came: true, give: null });
    });
  }
});

describe('the header that overrides the split', () => {
  it('always and never, whatever the cookie says, and neither is counted nor gets a cookie', () => {
    const it = splitter('cookie', 33);
    expect(it.ask([...at(9999), ...always])).to.deep.equal({
      arm: 'canary',
      given: { place: ALWAYS, came: true, give: null },
    });
    expect(it.ask([...never, ...at(0)])).to.deep.equal({
      arm: 'stable',
      given: { place: NEVER, came: true, give: null },
    });
    expect(it.ask(always).given.give).to.equal(null);
    expect(it.fleet.observed).to.deep.equal({ stable: 0, canary: 0, forced: 3 });
  });

  it('any other word is ignored', () => {
    const it = splitter('none', 100);
    for (const word of ['', 'yes', 'always, never', 'alwaysx', '1']) {
      expect(it.ask(['x-canary', word]).arm, word).to.equal('canary');
    }
    expect(it.fleet.observed.canary).to.equal(5);
  });

  it('reaches a canary whose share is 0: that is how it is tried', () => {
    const it = splitter('none', 0);
    expect([it.ask(always).arm, it.ask().arm]).to.deep.equal(['canary', 'stable']);
  });

  it('another name, or none', () => {
    expect(splitter('none', 0, { header: 'x-try' }).ask(['X-Try', 'always']).arm).to.equal('canary');
    expect(splitter('none', 0, { header: 'x-try' }).ask(always).arm).to.equal('stable');
    expect(
      splitter('none', 0, { header: 'off' }).ask([...always, '', 'always', 'off', 'always']).arm,
    ).to.equal('stable');
  });

  for (const [what, change] of [
    ['an alert', { kind: 'alert', actor: 'r1', alert }],
    ['a revert', { kind: 'revert', alert }],
    ['no canary', { kind: 'enable', on: false }],
  ] as const) {
    it(`${what} wins over the header and over every cookie`, () => {
      const it = splitter('cookie', 100);
      it.change(change);
      for (const headers of [always, at(0), [...at(0), ...always]])
        expect(it.ask(headers).arm).to.equal('stable');
      for (const member of it.fleet.arm('stable')) it.fleet.ejected(member);
      for (const headers of [always, at(0), never, []])
        expect(it.ask(headers).arm, 'also when stable is dead').to.equal(null);
    });
  }

  it('goes to the other side when nobody is there, and keeps its cookie', () => {
    const it = splitter('cookie', 33);
    const [canary] = it.fleet.arm('canary');
    it.fleet.ejected(canary as NonNullable<typeof canary>);
    expect(it.ask(always).arm).to.equal('stable');
    expect(it.ask(at(0))).to.deep.equal({ arm: 'stable', given: { place: 0, came: true, give: null } });
    it.fleet.checked(canary as NonNullable<typeof canary>, true);
    expect(it.ask(at(0)).arm).to.equal('canary');
    for (const member of it.fleet.arm('stable')) it.fleet.ejected(member);
    expect(it.ask(at(9999)).arm).to.equal('canary');
  });
});

describe('clients that stick by an id of the application', () => {
  for (const [mode, headers] of [
    ['header:x-user-id', (id: number) => ['X-User-Id', String(id)]],
    ['cookie:session', (id: number) => ['Cookie', `a=b; session=${id}`]],
  ] as const) {
    it(`${mode}: the same side each time, no cookie of ours, the share of the ids 1 to 10,000`, () => {
      const it = splitter(mode, 33);
      let canary = 0;
      for (let id = 1; id <= 10_000; id += 1) {
        const { arm, given } = it.ask(headers(id));
        expect(given.give).to.equal(null);
        if (arm === 'canary') canary += 1;
        if (id % 100 === 0) expect(it.ask(headers(id)).arm).to.equal(arm);
      }
      // Four deviations of 10,000 ids that are as good as random.
      expect(canary / 10_000).to.be.closeTo(0.33, 0.019);
    });
  }

  it('a request without the id is split by itself, exactly', () => {
    const it = splitter('header:x-user-id', 33);
    for (let n = 0; n < 1000; n += 1) it.ask(['x-user-id', '  ']);
    expect(it.fleet.observed.canary).to.be.closeTo(330, 1);
  });
});
