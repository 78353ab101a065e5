import { expect } from 'chai';
import type { Socket } from 'node:net';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { ok, startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import { inBothWays, LAST, unchunked } from '../../support/http/two-ways.ts';
import { waitFor } from '../../support/wait-for.ts';

interface Case {
  readonly method?: string;
  /** What the instance sends. */
  readonly bytes: string;
  /** It then closes its connection, or resets it. */
  readonly then?: 'end' | 'reset';
  /** Where a chunk ends is not compared. */
  readonly isLarge?: true;
  /** Something of what the client gets. */
  readonly gets: RegExp;
  /** The connection does not serve another request. */
  readonly isLast?: true;
}

const head = (status: string, ...lines: string[]): string =>
  `HTTP/1.1 ${status}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked';
const pieces = Array.from({ length: 300 }, (_, at) => chunk('x'.repeat((at % 7) + 1))).join('');
const sized = (size: number): Case => ({ bytes: ok('x'.repeat(size)), gets: /\r\n\r\nx+HTTP\/1/ });
const stream = (size: number, isLarge?: true): Case => ({
  bytes: `${head('200 OK', CHUNKED)}${chunk('y'.repeat(size))}0\r\n\r\n`,
  gets: /y/,
  ...(isLarge === undefined ? {} : { isLarge }),
});
const hints = (link: string): string => head('103 Early Hints', `Link: ${link}`);

const cases: Record<string, Case> = {
  'a length': { bytes: ok('hello'), gets: /content-length: 5\r\n[^]*helloHTTP/ },
  'a length of 0': { bytes: ok(''), gets: /content-length: 0\r\n/ },
  '16 KB less one': sized(16 * 1024 - 1),
  '16 KB': sized(16 * 1024),
  '16 KB and one': sized(16 * 1024 + 1),
  '1 MB': sized(1 << 20),
  '20 MB': sized(20 << 20),
  chunked: {
    bytes: `${head('200 OK', CHUNKED)}${chunk('hello')}0\r\n\r\n`,
    gets: /5\r\nhello\r\n0\r\n\r\nHTTP/,
  },
  'chunked, and nothing in it': {
    bytes: `${head('200 OK', CHUNKED)}0\r\n\r\n`,
    gets: /\r\n\r\n0\r\n\r\nHTTP/,
  },
  'many small pieces': {
    bytes: `${head('200 OK', CHUNKED)}${pieces}0\r\n\r\n`,
    gets: /1\r\nx\r\n2\r\nxx\r\n/,
  },
  'chunked, 16 KB': stream(16 * 1024),
  'chunked, 16 KB and one': stream(16 * 1024 + 1),
  'chunked, 3 MB': stream(3 << 20, true),
  trailers: {
    bytes: `${head('200 OK', CHUNKED, 'Trailer: X-Sum')}${chunk('a')}0\r\nX-Sum: 1\r\n\r\n`,
    gets: /a\r\n0\r\n\r\nHTTP/,
  },
  'ended by the close': {
    bytes: `${head('200 OK')}all of it`,
    then: 'end',
    gets: /9\r\nall of it\r\n0\r\n\r\nHTTP/,
  },
  'of HTTP/1.0': { bytes: `HTTP/1.0 200 OK\r\n\r\nold`, then: 'end', gets: /3\r\nold\r\n0\r\n\r\nHTTP/ },
  'HEAD with a length': {
    method: 'HEAD',
    bytes: head('200 OK', 'Content-Length: 5'),
    gets: /Content-Length: 5/,
  },
  'HEAD, chunked': { method: 'HEAD', bytes: head('200 OK', CHUNKED), gets: /^HTTP\/1\.1 200 OK\r\nDate/ },
  'HEAD without either': { method: 'HEAD', bytes: head('200 OK', 'X-B: 1'), then: 'end', gets: /X-B: 1/ },
  '204': { bytes: head('204 No Content'), gets: /^HTTP\/1\.1 204 No Content\r\n/ },
  '304': { bytes: head('304 Not Modified', 'ETag: "1"'), gets: /ETag: "1"/ },
  '304 with a length': { bytes: head('304 Not Modified', 'Content-Length: 9'), gets: /Content-Length: 9/ },
  '103 before it': {
    bytes: `${hints('</a.css>; rel=preload')}${ok('late')}`,
    gets: /103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200/,
  },
  '103 with a title': {
    bytes: `${hints('</a>; title="a b"; rel=x')}${ok('late')}`,
    gets: /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>; title="a b"; rel=x\r\n\r\nHTTP\/1\.1 200/,
  },
  '103 without a link': {
    bytes: `${head('103 Early Hints', 'X-B: caf\xe9')}${ok('late')}`,
    gets: /^HTTP\/1\.1 103 Early Hints\r\nX-B: caf\xe9\r\n\r\nHTTP\/1\.1 200/,
  },
  'several before it, of all kinds': {
    bytes: `${head('102 Processing')}${hints('</a>')}${head('100 Continue')}${head('142 Odd', 'Connection: X-B', 'X-B: 1', 'X-C: 1')}${ok('late')}`,
    gets: /^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 103 [^]*<\/a>\r\n\r\nHTTP\/1\.1 142 Odd\r\nX-C: 1\r\n\r\nHTTP\/1\.1 200/,
  },
  '102 before it': {
    bytes: `${head('102 Processing')}${ok('late')}`,
    gets: /^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 200/,
  },
  // Nobody has asked for it, and whoever did was told by the router.
  '100 before it': { bytes: `${head('100 Continue')}${ok('late')}`, gets: /^HTTP\/1\.1 200/ },
  '101 that nobody asked for': {
    bytes: `${head('101 Switching Protocols', 'Upgrade: websocket')}${ok('late')}`,
    gets: /^HTTP\/1\.1 502 [^]*switches to a protocol that was not asked for\n/,
  },
  'bytes that are no ASCII': {
    bytes: ok('\xe9\x80', 'X-B: caf\xe9 \x80\xff\r\n'),
    gets: /X-B: caf\xe9 \x80\xff\r\n/,
  },
  'no reason': { bytes: 'HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\na', gets: /^HTTP\/1\.1 200 \r\n/ },
  'a reason of its own': {
    bytes: 'HTTP/1.1 299 All is (well), 100 %\r\nContent-Length: 1\r\n\r\na',
    gets: /^HTTP\/1\.1 299 All is \(well\), 100 %\r\n/,
  },
  'a reason that is no ASCII': {
    bytes: 'HTTP/1.1 200 caf\xe9\r\nContent-Length: 1\r\n\r\na',
    gets: /^HTTP\/1\.1 200 caf\xe9\r\n/,
  },
  'a status without a name': {
    bytes: 'HTTP/1.1 999 x\r\nContent-Length: 1\r\n\r\na',
    gets: /^HTTP\/1\.1 999 x\r\n/,
  },
  'two cookies': {
    bytes: ok('a', 'Set-Cookie: a=1\r\nset-cookie: b=2\r\n'),
    gets: /Set-Cookie: a=1\r\nset-cookie: b=2\r\n/,
  },
  'a date of its own': {
    bytes: ok('a', 'date: Thu, 01 Jan 1970 00:00:00 GMT\r\n'),
    gets: /date: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection/,
  },
  'an empty header': { bytes: ok('a', 'X-B:\r\nX-C: \r\n'), gets: /X-B: \r\nX-C: \r\n/ },
  'Connection: close': {
    bytes: ok('a', 'Connection: close\r\n'),
    then: 'end',
    gets: /Connection: keep-alive/,
  },
  'Keep-Alive and what Connection lists': {
    bytes: ok('a', 'Connection: X-B\r\nX-B: 1\r\nKeep-Alive: timeout=1\r\n'),
    gets: /Keep-Alive: timeout=65\r\n/,
  },
  'a control character in a header': { bytes: ok('a', 'X-B: a\x01b\r\n'), gets: /X-B: a b\r\n/ },
  'a header that cannot be passed': {
    bytes: ok('a', 'X B: a\r\n'),
    gets: /^HTTP\/1\.1 502 [^]*cannot be passed on: a header of it has no name\n/,
  },
  'no HTTP': { bytes: 'SSH-2.0-x\r\n', then: 'end', gets: /^HTTP\/1\.1 502 / },
  'nothing, but the end': { bytes: '', then: 'end', gets: /^HTTP\/1\.1 502 / },
  'half a head': { bytes: 'HTTP/1.1 200 OK\r\nContent-', then: 'end', gets: /^HTTP\/1\.1 502 / },
  'a reset': { bytes: '', then: 'reset', gets: /^HTTP\/1\.1 502 / },
  'cut in the middle, by length': {
    bytes: `${head('200 OK', 'Content-Length: 9')}hello`,
    then: 'end',
    gets: /hello$/,
    isLast: true,
  },
  'cut in the middle by a reset, which alone would end it': {
    bytes: `${head('200 OK')}hello`,
    then: 'reset',
    gets: /hello\r\n$/,
    isLast: true,
  },
  'cut in the middle, chunked': {
    bytes: `${head('200 OK', CHUNKED)}${chunk('hello')}`,
    then: 'end',
    gets: /hello\r\n$/,
    isLast: true,
  },
  'cut within a chunk': {
    bytes: `${head('200 OK', CHUNKED)}9\r\nhello`,
    then: 'reset',
    gets: /hello\r\n$/,
    isLast: true,
  },
  'cut right behind the head': {
    bytes: head('200 OK', 'Content-Length: 9'),
    then: 'end',
    gets: /^$/,
    isLast: true,
  },
  'an event stream': {
    bytes: `${head('200 OK', CHUNKED, 'Content-Type: text/event-stream')}${chunk('data: 1\n\n')}0\r\n\r\n`,
    gets: /data: 1\n\n/,
  },
};

describe('router: an answer is the same, whoever reads the request', function () {
  this.timeout(120_000);
  let backend: StrictBackend;
  let router: RunningRouter;
  before(async () => {
    backend = await startStrict('web-1');
    router = await startRouter({
      stable: [backend],
      traffic: { circuit: { failures: 0, openMs: 1, longestMs: 1, on5xx: false, atMost: 0 } },
    });
  });
  after(async () => {
    await router.stop();
    await backend.stop();
  });
  afterEach('nothing stays in flight', async () => {
    await waitFor('no request in flight', async () => {
      const { body } = await router.admin('GET', '/state');
      return body.arms.stable[0].inFlight === 0;
    });
  });

  for (const [name, one] of Object.entries(cases)) {
    it(name, async () => {
      let isAsked = false;
      backend.answer = ({ target }, socket) => {
        isAsked ||= target === '/one';
        if (target === '/last') socket.write(ok('the last one'));
        else answer(one, socket);
      };
      await waitFor('the instance to be healthy', async () => {
        const { body } = await router.admin('GET', '/state');
        return body.arms.stable[0].health === 'healthy' && body.arms.stable[0].circuit === 'closed';
      });
      const got = await inBothWays(
        router.proxy.port,
        [one.method ?? 'GET', '/one'],
        async (client) => {
          await waitFor('the instance to see it', () => isAsked);
          isAsked = false;
          // Behind it, on the same connection: so the end of the answer is where both sides think it is.
          if (one.isLast !== true) client.send(LAST);
        },
        one.isLarge === true ? unchunked : undefined,
      );
      expect(got.slice(0, 20_000) + got.slice(-400)).to.match(one.gets);
      if (one.isLast !== true) expect(got).to.match(/the last one$/);
    });
  }
});

function answer({ bytes, then }: Case, socket: Socket): void {
  socket.write(bytes, 'latin1', () => {
    if (then === 'end') socket.end();
    else if (then === 'reset') socket.resetAndDestroy();
  });
}
