import { expect } from 'chai';
import { peerReader } from '../../../src/router/setup/peers.ts';
import { targetOf } from '../../../src/router/http/target.ts';

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
  for (const entry of ['nonsense', '10.0.0.0/33', '10.0.0.0/x', 'fd00::/129', '']) {
    it(`refuses "${entry}"`, () =>
      expect(() => peerReader([entry])).to.throw(/neither an address nor a range/));
  }
  it('nobody is trusted when nobody is named', () =>
    expect(peerReader([])('127.0.0.1').trusted).to.equal(false));
});
