import { expect } from 'chai';
import { readPlain, type PlainHead } from '../../../src/router/plain/read.ts';

/** A request from its lines; the empty one behind them is added. */
const of = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const get = (...headers: string[]): string => of('GET / HTTP/1.1', 'Host: x', ...headers);
const to = (target: string): string => of(`GET ${target} HTTP/1.1`, 'Host: x');

/** What is found in a `get` with one more header. */
const with1 = (name: string, value: string): PlainHead => ({
  method: 'GET',
  url: '/',
  host: 'x',
  rawHeaders: ['Host', 'x', name, value],
});
const at = (url: string): PlainHead => ({ method: 'GET', url, host: 'x', rawHeaders: ['Host', 'x'] });

const visible = String.fromCharCode(...Array.from({ length: 0x7e - 0x20 }, (_, n) => n + 0x21));
const obsText = String.fromCharCode(...Array.from({ length: 0x80 }, (_, n) => n + 0x80));
const tchars = "!#$%&'*+-.^_`|~09azAZ";

describe('a request that the router reads itself', () => {
  const read: Record<string, [text: string, found: PlainHead]> = {
    'the least': [get(), at('/')],
    HEAD: [of('HEAD /a HTTP/1.1', 'Host: x'), { ...at('/a'), method: 'HEAD' }],
    'a query': [to('/a?b=c&d?e'), at('/a?b=c&d?e')],
    'every visible byte of a target but #': [
      to(`/${visible.replace('#', '')}`),
      at(`/${visible.replace('#', '')}`),
    ],
    'a target with two slashes': [to('//y/a'), at('//y/a')],
    'dots and escapes, as they came': [to('/a/../%2e%00%zz'), at('/a/../%2e%00%zz')],
    'a host with a port': [
      of('GET / HTTP/1.1', 'HOST: x:8080'),
      { ...at('/'), host: 'x:8080', rawHeaders: ['HOST', 'x:8080'] },
    ],
    'headers before the host, and twice the same': [
      of('GET / HTTP/1.1', 'Cookie: a', 'host: x', 'cookie: b'),
      { ...at('/'), rawHeaders: ['Cookie', 'a', 'host', 'x', 'cookie', 'b'] },
    ],
    'a connection that is kept': [get('Connection: keep-alive'), with1('Connection', 'keep-alive')],
    'the same in other case': [get('CONNECTION: Keep-Alive'), with1('CONNECTION', 'Keep-Alive')],
    'a name of every sort of byte': [get(`${tchars}: 1`), with1(tchars, '1')],
    'a value of every visible byte': [get(`X: ${visible}`), with1('X', visible)],
    'a value of bytes beyond ASCII': [get(`X: ${obsText}`), with1('X', obsText)],
    'spaces and tabs within a value': [get('X: a  b\t c'), with1('X', 'a  b\t c')],
    'a value of one byte': [get('X: ,'), with1('X', ',')],
    'names that only begin like others': [get('Content-Lengths: 5'), with1('Content-Lengths', '5')],
    'an underscore for a dash': [get('Content_Length: 5'), with1('Content_Length', '5')],
    'a long value': [get(`X: ${'y'.repeat(8000)}`), with1('X', 'y'.repeat(8000))],
    'many headers': [
      get(...Array.from({ length: 500 }, (_, n) => `H${n}: ${n}`)),
      {
        ...at('/'),
        rawHeaders: ['Host', 'x', ...Array.from({ length: 500 }, (_, n) => [`H${n}`, `${n}`]).flat()],
      },
    ],
  };
  for (const [what, [text, found]] of Object.entries(read))
    it(what, () => expect(readPlain(text)).to.deep.equal(found));
});

describe("a request that is left to Node's parser", () => {
  const left: Record<string, string> = {
    nothing: '',
    'another method': of('POST / HTTP/1.1', 'Host: x'),
    'a method in small letters': of('get / HTTP/1.1', 'Host: x'),
    'a method that only begins so': of('GETT / HTTP/1.1', 'Host: x'),
    'HTTP/1.0': of('GET / HTTP/1.0', 'Host: x'),
    'HTTP/1.10': of('GET / HTTP/1.10', 'Host: x'),
    'a version in small letters': of('GET / http/1.1', 'Host: x'),
    'no version': of('GET /', 'Host: x'),
    'an absolute target': to('http://x/'),
    'an authority': to('x:443'),
    'an asterisk': to('*'),
    'no target': to(''),
    'a query without a path': to('?a'),
    'a fragment': to('/a#b'),
    'a space in the target': to('/a b'),
    'a tab in the target': to('/a\tb'),
    'NUL in the target': to('/\0'),
    'DEL in the target': to('/\x7f'),
    'a byte beyond ASCII in the target': to('/\xe9'),
    'two spaces before the target': of('GET  / HTTP/1.1', 'Host: x'),
    'two spaces before the version': of('GET /  HTTP/1.1', 'Host: x'),
    'a space behind the version': of('GET / HTTP/1.1 ', 'Host: x'),
    'a line end before it': `\r\n${get()}`,
    'a space before it': ` ${get()}`,
    'a bare LF behind the first line': get().replace('\r\n', '\n'),
    'a bare CR behind the first line': get().replace('\r\n', '\r'),
    'bare LFs': get('X: y').replaceAll('\r\n', '\n'),
    'a bare LF behind a header': get('X: y\nZ: a'),
    'a bare CR in a value': get('X: y\rZ: a'),
    'two CRs': get('X: y\r'),
    'a bare LF at the end': get().replace(/\r\n$/, '\n'),
    'a part of it': get().slice(0, -1),
    'a part, up to the end of a header': get().slice(0, -2),
    'a byte behind it': `${get()}\0`,
    'a line end behind it': `${get()}\r\n`,
    'another request behind it': get() + get(),
    'no Host': of('GET / HTTP/1.1', 'X: y'),
    'no header': of('GET / HTTP/1.1'),
    'two Hosts': get('Host: x'),
    'two Hosts in different case': get('hOST: y'),
    'a Host without a value': of('GET / HTTP/1.1', 'Host:'),
    'a header without a value': get('X:'),
    'a header with a space for a value': get('X: '),
    'a header without a colon': get('X'),
    'a header without a name': get(': y'),
    'no space behind the colon': get('X:y'),
    'two spaces behind the colon': get('X:  y'),
    'a tab behind the colon': get('X:\ty'),
    'a space before the colon': get('X : y'),
    'a space behind the value': get('X: y '),
    'a tab behind the value': get('X: y\t'),
    'a folded header': get('X: y', ' z'),
    'a header folded by a tab': get('X: y', '\tz'),
    'a first header that is folded': of('GET / HTTP/1.1', ' X: y', 'Host: x'),
    'a space in a name': get('X Y: z'),
    'a bracket in a name': get('X(Y): z'),
    'a byte beyond ASCII in a name': get('X\xe9: z'),
    'NUL in a name': get('X\0: z'),
    'NUL in a value': get('X: y\0z'),
    'DEL in a value': get('X: y\x7fz'),
    'VT in a value': get('X: y\x0bz'),
    'a length': get('Content-Length: 5'),
    'a length of 0': get('content-length: 0'),
    chunks: get('Transfer-Encoding: chunked'),
    'another coding': get('TRANSFER-ENCODING: identity'),
    'a length and chunks': get('Content-Length: 5', 'Transfer-Encoding: chunked'),
    'a connection that ends': get('Connection: close'),
    'a list of the connection': get('Connection: keep-alive, x'),
    'a header listed by the connection': get('Connection: cookie', 'Cookie: a'),
    'a connection of another proxy': get('Proxy-Connection: keep-alive'),
    'what is said of a kept connection': get('Keep-Alive: timeout=5'),
    'an upgrade': get('Connection: Upgrade', 'Upgrade: websocket'),
    'an upgrade that the connection does not list': get('Upgrade: h2c'),
    'settings of HTTP/2': get('HTTP2-Settings: AAMA'),
    'an expectation': get('Expect: 100-continue'),
    'trailers wanted': get('TE: trailers'),
    'trailers told': get('Trailer: X-Sum'),
    'HTTP/2 itself': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a handshake of TLS': '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
  };
  for (const [what, text] of Object.entries(left)) it(what, () => expect(readPlain(text)).to.equal(null));
});
