import { expect } from 'chai';
import fc from 'fast-check';
import {
  cookieFor,
  giveCookie,
  hideCookie,
  slotIn,
  setCookie,
  valuesIn,
} from '../../../src/router/split/sticky-cookie.ts';
import { requestHeaders } from '../../../src/router/http/headers.ts';

const key = Buffer.alloc(32, 7);
const salt = '0123456789abcdef';
const good = cookieFor(key, 'shop', salt, 42);

describe('the cookie of a client', () => {
  it('gives its place back (property)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9999 }), (place) => {
        expect(slotIn(cookieFor(key, 'shop', salt, place), key, 'shop', salt)).to.equal(place);
      }),
    );
  });

  const bad: [what: string, value: string, from?: { app?: string; salt?: string; key?: Buffer }][] = [
    ['nothing', ''],
    ['another place with that signature', good.replace('.0042.', '.0041.')],
    ['another signature', `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`],
    ['a signature too short', good.slice(0, -1)],
    ['one too long', `${good}A`],
    ['a kilobyte', `${good}${'A'.repeat(1000)}`],
    ['another version', good.replace(/^1/, '2')],
    ['a place of five digits', good.replace('.0042.', '.00042.')],
    ['a place that is none', good.replace('.0042.', '.004x.')],
    ['quotes around it', `"${good}"`],
    ['another rollout', good, { salt: 'fedcba9876543210' }],
    ['another application', good, { app: 'blog' }],
    ['another key', good, { key: Buffer.alloc(32, 8) }],
    ['a signature without the key', cookieFor(Buffer.alloc(0), 'shop', salt, 42)],
  ];
  for (const [what, value, from = {}] of bad) {
    it(`is not believed: ${what}`, () => {
      expect(slotIn(value, from.key ?? key, from.app ?? 'shop', from.salt ?? salt)).to.equal(null);
    });
  }

  it('never throws, and believes nothing but what was signed (property)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^1\.[0-9a-f]{16}\.\d{4}\.[\w-]{16}$/)), (text) => {
        expect(slotIn(text, key, 'shop', salt)).to.equal(null);
      }),
    );
  });

  it('is for this site alone, and for https when the client came by it', () => {
    const plain = 'canopy-shop=v; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax';
    expect(setCookie('shop', 'v', false)).to.equal(plain);
    expect(setCookie('shop', 'v', true)).to.equal(`${plain}; Secure`);
  });
});

describe('cookies of a request', () => {
  const cases: [header: string, values: string[]][] = [
    ['canopy-shop=a', ['a']],
    ['x=1; canopy-shop=a; y=2', ['a']],
    ['x=1;canopy-shop=a', ['a']],
    ['canopy-shop=a; canopy-shop=b', ['a', 'b']],
    ['canopy-shop-2=a', []],
    ['xcanopy-shop=a', []],
    ['x=canopy-shop=a', []],
    ['canopy-shop', []],
    ['canopy-shop=', ['']],
    ['', []],
    [Array.from({ length: 9 }, (_, at) => `canopy-shop=${at}`).join(';'), ['0', '1', '2', '3']],
  ];
  for (const [header, values] of cases)
    it(`${header || 'nothing'}: ${values.join(' and ') || 'none of ours'}`, () =>
      expect(valuesIn(header, 'canopy-shop')).to.deep.equal(values));

  const hidden: [raw: string[], left: string[]][] = [
    [['Cookie', 'canopy-shop=a'], []],
    [
      ['a', '1', 'Cookie', 'canopy-shop=a', 'b', '2'],
      ['a', '1', 'b', '2'],
    ],
    [
      ['cookie', 'x=1; canopy-shop=a; y="2; 3"'],
      ['cookie', 'x=1; y="2; 3"'],
    ],
    [
      ['cookie', 'canopy-shop=a; x=1'],
      ['cookie', 'x=1'],
    ],
    [
      ['cookie', 'canopy-shop=a', 'cookie', 'x=1', 'cookie', 'canopy-shop=b'],
      ['cookie', 'x=1'],
    ],
    [
      ['cookie', 'x=canopy-shop=a', 'x-cookie', 'canopy-shop=a'],
      ['cookie', 'x=canopy-shop=a', 'x-cookie', 'canopy-shop=a'],
    ],
  ];
  for (const [raw, left] of hidden) {
    it(`an instance sees of ${raw.join(' ')}: ${left.join(' ') || 'nothing'}`, () => {
      const headers = requestHeaders(raw, { address: '1.2.3.4', trusted: false }, null);
      const own = headers.slice(raw.length);
      hideCookie(headers, 'canopy-shop');
      expect(headers).to.deep.equal([...left, ...own]);
    });
  }
});

describe('the cookie in an answer', () => {
  const given: [control: string | null, status: number, is: boolean][] = [
    [null, 200, true],
    [null, 404, true],
    [null, 500, true],
    [null, 302, true],
    [null, 304, false],
    ['no-store', 200, true],
    ['private, max-age=60', 200, true],
    ['no-cache', 200, true],
    ['max-age=0', 200, true],
    ['max-age=0, must-revalidate', 200, true],
    ['max-age=60', 200, false],
    ['Public', 200, false],
    ['public, max-age=0', 200, false],
    ['s-maxage=10', 200, false],
    ['max-age=31536000, immutable', 200, false],
  ];
  for (const [control, status, is] of given) {
    it(`${control ?? 'no Cache-Control'} ${status}: ${is ? 'is set' : 'is not'}`, () => {
      const before = ['Set-Cookie', 'own=1', ...(control === null ? [] : ['Cache-Control', control])];
      const headers = [...before];
      giveCookie(headers, status, 'c=1');
      const added =
        control === null ? ['set-cookie', 'c=1', 'cache-control', 'private'] : ['set-cookie', 'c=1'];
      expect(headers).to.deep.equal(is ? [...before, ...added] : before);
    });
  }
});
