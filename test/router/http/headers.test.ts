import { expect } from 'chai';
import { requestHeaders, responseHeaders, responseTrailers } from '../../../src/router/http/headers.ts';

const peer = { address: '10.0.0.9', trusted: false };
const trusted = { ...peer, trusted: true };
const own = ['x-forwarded-for', '10.0.0.9', 'x-forwarded-proto', 'http', 'x-forwarded-host', 'shop'];

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
    expect(responseHeaders(raw, null, false)).to.deep.equal([
      'Set-Cookie',
      'a=1',
      'set-cookie',
      'b=2',
      'X',
      'caf\u00e9',
    ]);
  });
  it('tell one length, in its place, however often the instance tells it', () => {
    const raw = ['X', '1', 'content-length', '2, 2', 'Content-Length', '2', 'Y', '2'];
    expect(responseHeaders(raw, 2, false)).to.deep.equal(['X', '1', 'content-length', '2', 'Y', '2']);
    expect(responseHeaders(raw, null, false)).to.deep.equal(['X', '1', 'Y', '2']);
  });
  it('announce trailers only where they can follow', () => {
    expect(responseHeaders(['Trailer', 'x-sum'], null, false)).to.deep.equal([]);
    expect(responseHeaders(['Trailer', 'x-sum'], null, true)).to.deep.equal(['Trailer', 'x-sum']);
  });
  it('trailers carry no framing', () => {
    expect(responseTrailers(['x-sum', '1', 'Content-Length', '5', 'Set-Cookie', 'a=1'])).to.deep.equal([
      ['x-sum', '1'],
    ]);
  });
});
