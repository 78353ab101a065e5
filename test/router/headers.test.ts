import { expect } from 'chai';
import { requestHeaders, responseHeaders, responseTrailers } from '../../src/router/headers.ts';
import { peerReader } from '../../src/router/peers.ts';
import { targetOf } from '../../src/router/target.ts';

const peer = { address: '10.0.0.9', trusted: false };
const trusted = { ...peer, trusted: true };
const own = ['x-forwarded-for', '10.0.0.9', 'x-forwarded-proto', 'http', 'x-forwarded-host', 'shop'];
const buffers = (list: string[]): Buffer[] => list.map((one) => Buffer.from(one, 'latin1'));

const requests: [name: string, raw: string[], by: typeof peer, expected: string[]][] = [
  [
    'passes as it came, in order and case',
    ['Host', 'shop', 'X-B', '1', 'x-a', '2', 'X-B', '3'],
    peer,
    ['Host', 'shop', 'X-B', '1', 'x-a', '2', 'X-B', '3', ...own],
  ],
  [
    'drops what belongs to one connection',
    [
      'Host',
      'shop',
      'Connection',
      'keep-alive',
      'Keep-Alive',
      '5',
      'TE',
      'trailers',
      'Transfer-Encoding',
      'chunked',
      'Upgrade',
      'h2c',
      'Proxy-Authorization',
      'x',
      'Expect',
      '100-continue',
      'Trailer',
      'x',
    ],
    peer,
    ['Host', 'shop', ...own],
  ],
  [
    'drops what Connection lists',
    [
      'Host',
      'shop',
      'Connection',
      'close, X-Secret',
      'x-secret',
      '1',
      'Connection',
      'X-Other',
      'X-Other',
      '2',
      'X-Kept',
      '3',
    ],
    peer,
    ['Host', 'shop', 'X-Kept', '3', ...own],
  ],
  [
    'lets nobody list framing or the address away',
    ['Host', 'shop', 'Connection', 'host, content-length, x-forwarded-for', 'Content-Length', '3'],
    peer,
    ['Host', 'shop', 'Content-Length', '3', ...own],
  ],
  [
    'believes no client its X-Forwarded',
    [
      'Host',
      'shop',
      'X-Forwarded-For',
      '1.1.1.1',
      'X-Forwarded-Proto',
      'https',
      'X-Forwarded-Host',
      'evil',
      'X-Forwarded-Prefix',
      '/x',
      'Forwarded',
      'for=1',
      'X-Real-IP',
      '1.1.1.1',
      'X_Forwarded_For',
      '1.1.1.1',
    ],
    peer,
    ['Host', 'shop', ...own],
  ],
  [
    'believes a proxy of ours and adds it',
    [
      'Host',
      'shop',
      'X-Forwarded-For',
      '1.1.1.1',
      'x-forwarded-for',
      '2.2.2.2',
      'X-Forwarded-Proto',
      'https',
      'X-Forwarded-Host',
      'shop.example',
      'X-Forwarded-Prefix',
      '/x',
    ],
    trusted,
    [
      'Host',
      'shop',
      'X-Forwarded-Prefix',
      '/x',
      'x-forwarded-for',
      '1.1.1.1, 2.2.2.2, 10.0.0.9',
      'x-forwarded-proto',
      'https',
      'x-forwarded-host',
      'shop.example',
    ],
  ],
];

describe('request headers', () => {
  for (const [name, raw, by, expected] of requests) {
    it(name, () => expect(requestHeaders(raw, by, null)).to.deep.equal(expected));
  }
  it('the host of an absolute target replaces the header', () => {
    const out = requestHeaders(['Host', 'a'], peer, 'b');
    expect(out).to.deep.equal([
      'host',
      'b',
      'x-forwarded-for',
      '10.0.0.9',
      'x-forwarded-proto',
      'http',
      'x-forwarded-host',
      'b',
    ]);
  });
});

describe('response headers', () => {
  it('pass as they came, less those of the connection', () => {
    const raw = [
      'Set-Cookie',
      'a=1',
      'set-cookie',
      'b=2',
      'X',
      'caf\u00e9',
      'Connection',
      'close, x-hop',
      'X-Hop',
      '1',
      'Transfer-Encoding',
      'chunked',
      'Keep-Alive',
      'timeout=5',
    ];
    expect(responseHeaders(buffers(raw), false)).to.deep.equal([
      'Set-Cookie',
      'a=1',
      'set-cookie',
      'b=2',
      'X',
      'caf\u00e9',
    ]);
  });
  it('announce trailers only where they can follow', () => {
    expect(responseHeaders(buffers(['Trailer', 'x-sum']), false)).to.deep.equal([]);
    expect(responseHeaders(buffers(['Trailer', 'x-sum']), true)).to.deep.equal(['Trailer', 'x-sum']);
  });
  it('trailers carry no framing', () => {
    expect(
      responseTrailers(buffers(['x-sum', '1', 'Content-Length', '5', 'Set-Cookie', 'a=1'])),
    ).to.deep.equal([['x-sum', '1']]);
  });
});

const targets: [name: string, method: string, url: string, raw: string[], expected: object][] = [
  ['a path', 'GET', '/a?b=1', ['Host', 'x'], { kind: 'pass', path: '/a?b=1', host: null, body: false }],
  [
    'a URL',
    'GET',
    'http://shop:80/a?b',
    ['Host', 'x'],
    { kind: 'pass', path: '/a?b', host: 'shop:80', body: false },
  ],
  ['a URL without a path', 'GET', 'HTTP://shop', [], { kind: 'pass', path: '/', host: 'shop', body: false }],
  [
    'a URL with only a query',
    'GET',
    'http://shop?a',
    [],
    { kind: 'pass', path: '/?a', host: 'shop', body: false },
  ],
  [
    'a body by length',
    'POST',
    '/',
    ['content-length', '3'],
    { kind: 'pass', path: '/', host: null, body: true },
  ],
  [
    'a body of no length',
    'POST',
    '/',
    ['content-length', '0'],
    { kind: 'pass', path: '/', host: null, body: false },
  ],
  [
    'a chunked body',
    'GET',
    '/',
    ['Transfer-Encoding', 'Chunked'],
    { kind: 'pass', path: '/', host: null, body: true },
  ],
  [
    'a compressed transfer',
    'POST',
    '/',
    ['transfer-encoding', 'gzip, chunked'],
    { kind: 'refuse', status: 501, reason: 'a transfer coding other than chunked' },
  ],
  [
    'two transfer codings',
    'POST',
    '/',
    ['transfer-encoding', 'chunked', 'transfer-encoding', 'chunked'],
    { kind: 'refuse', status: 501, reason: 'a transfer coding other than chunked' },
  ],
  [
    'length and chunked',
    'POST',
    '/',
    ['content-length', '3', 'transfer-encoding', 'chunked'],
    { kind: 'refuse', status: 400, reason: 'both Content-Length and Transfer-Encoding' },
  ],
  [
    'two lengths',
    'POST',
    '/',
    ['content-length', '3', 'content-length', '3'],
    { kind: 'refuse', status: 400, reason: 'more than one Content-Length header' },
  ],
  [
    'two hosts',
    'GET',
    '/',
    ['host', 'a', 'Host', 'b'],
    { kind: 'refuse', status: 400, reason: 'more than one Host header' },
  ],
  [
    'a star',
    'OPTIONS',
    '*',
    [],
    { kind: 'refuse', status: 400, reason: 'a request target that is neither a path nor a URL' },
  ],
  [
    'a URL with a password',
    'GET',
    'http://a@shop/',
    [],
    { kind: 'refuse', status: 400, reason: 'a request target that is neither a path nor a URL' },
  ],
];

describe('request targets', () => {
  for (const [name, method, url, rawHeaders, expected] of targets) {
    it(name, () => expect(targetOf({ method, url, rawHeaders })).to.deep.equal(expected));
  }
});

describe('trusted proxies', () => {
  const read = peerReader(['10.0.0.0/8', '192.168.1.5', 'fd00::/8']);
  const cases: [address: string | undefined, shown: string, trusted: boolean][] = [
    ['10.1.2.3', '10.1.2.3', true],
    ['::ffff:10.1.2.3', '10.1.2.3', true],
    ['192.168.1.5', '192.168.1.5', true],
    ['192.168.1.6', '192.168.1.6', false],
    ['fd00::1', 'fd00::1', true],
    ['fe80::1', 'fe80::1', false],
    [undefined, 'unknown', false],
  ];
  for (const [address, shown, ok] of cases) {
    it(`${address}: ${ok ? 'trusted' : 'not trusted'}`, () =>
      expect(read(address)).to.deep.equal({ address: shown, trusted: ok }));
  }
  it('nobody is trusted when nobody is named', () =>
    expect(peerReader([])('127.0.0.1').trusted).to.equal(false));
});
