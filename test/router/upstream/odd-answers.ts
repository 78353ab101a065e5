/** What instances answer that is odd, with what a client has to get of it. */

export interface OddAnswer {
  /** What the instance sends, byte by byte as latin1; then it closes its connection, or keeps it. */
  readonly bytes: string;
  readonly closes?: true;
  /** Pieces in which it comes, with a moment between them. */
  readonly torn?: number;
  /** The client gets the status line, the headers of the instance as they are passed on, and the body. */
  readonly gets: Got;
  /** Answers before it: their status lines, with what headers they have. */
  readonly before?: readonly string[];
  /** It was refused, and the log names why. */
  readonly refused?: string;
}

export interface Got {
  readonly status: string;
  readonly headers: readonly string[];
  readonly body: string;
}

const ok = (...headers: string[]): Got => ({ status: '200 OK', headers, body: 'ok' });
const LENGTH = 'Content-Length: 2';
const answer = (...lines: string[]): string => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\nok`;
const usual = answer(LENGTH);
const chunks = '2\r\nok\r\n0\r\n\r\n';
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
const cookies = Array.from({ length: 40 }, (_, at) => `Set-Cookie: c${at}=${'x'.repeat(300)}; Path=/`);
const refused = (reason: string): Pick<OddAnswer, 'gets' | 'refused'> => ({
  gets: {
    status: '502 Bad Gateway',
    headers: [],
    body: `502 the answer of the instance cannot be passed on: ${reason}\n`,
  },
  refused: reason,
});
const long = (size: number): OddAnswer => ({
  bytes: answer(`X-Big: ${'x'.repeat(size)}`, LENGTH),
  gets: ok(`X-Big: ${'x'.repeat(size)}`, LENGTH),
});

export const oddAnswers: Readonly<Record<string, OddAnswer>> = {
  bighead: long(20_000),
  bighead40: long(40_000),
  'a head of nearly 256 KB': long(260_000),
  'a head of more': { bytes: long(270_000).bytes, ...refused('its head is longer than 256 KB') },
  manycookies: { bytes: answer(...cookies, LENGTH), gets: ok(...cookies, LENGTH) },
  utf8head: {
    bytes: answer(utf8('Content-Disposition: attachment; filename="é中.txt"'), LENGTH),
    gets: ok(utf8('Content-Disposition: attachment; filename="é中.txt"'), LENGTH),
  },
  latin1: { bytes: answer('X-A: caf\xe9', LENGTH), gets: ok('X-A: caf\xe9', LENGTH) },
  ctlhead: { bytes: answer('X-A: a\x01b', LENGTH), gets: ok('X-A: a b', LENGTH) },
  delhead: { bytes: answer('X-A: a\x7fb', LENGTH), gets: ok('X-A: a b', LENGTH) },
  fold: { bytes: answer('X-A: a', ' b', LENGTH), gets: ok('X-A: a b', LENGTH) },
  noreason: { bytes: usual.replace(' OK', ''), gets: { ...ok(LENGTH), status: '200 ' } },
  reasonutf8: {
    bytes: usual.replace('OK', utf8('Très bien')),
    gets: { ...ok(LENGTH), status: utf8('200 Très bien') },
  },
  'a reason that is torn': {
    bytes: usual.replace('OK', 'All of it is well and good'),
    torn: 12,
    gets: { ...ok(LENGTH), status: '200 All of it is well and good' },
  },
  s999: { bytes: usual.replace('200 OK', '999 Odd'), gets: { ...ok(LENGTH), status: '999 Odd' } },
  s600: { bytes: usual.replace('200 OK', '600 Odd'), gets: { ...ok(LENGTH), status: '600 Odd' } },
  early: {
    bytes: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${usual}`,
    before: ['103 Early Hints\r\nLink: </a.css>; rel=preload'],
    gets: ok(LENGTH),
  },
  processing: {
    bytes: `HTTP/1.1 102 Processing\r\n\r\n${usual}`,
    before: ['102 Processing'],
    gets: ok(LENGTH),
  },
  cont: { bytes: `HTTP/1.1 100 Continue\r\n\r\n${usual}`, gets: ok(LENGTH) },
  'several before it': {
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nX-A: caf\xe9\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\nLink: <b>\r\nConnection: X-B\r\nX-B: 1\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${usual}`,
    torn: 7,
    before: ['102 Processing\r\nX-A: caf\xe9', '103 Early Hints\r\nLink: <a>\r\nLink: <b>'],
    gets: ok(LENGTH),
  },
  '101 without an upgrade': {
    bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    ...refused('it switches to a protocol that was not asked for'),
  },
  nolen: { bytes: answer('Content-Type: text/plain'), closes: true, gets: ok('Content-Type: text/plain') },
  'no length, and the last one': { bytes: answer('Connection: close'), closes: true, gets: ok() },
  h10: { bytes: answer('X-A: b').replace('1.1', '1.0'), closes: true, gets: ok('X-A: b') },
  h10ka: { bytes: answer('Connection: keep-alive', LENGTH).replace('1.1', '1.0'), gets: ok(LENGTH) },
  chunked: { bytes: answer('Transfer-Encoding: chunked').replace(/ok$/, chunks), gets: ok() },
  chunktrail: {
    bytes: answer('Transfer-Encoding: chunked', 'Trailer: X-T').replace(
      /ok$/,
      '2\r\nok\r\n0\r\nX-T: v\r\n\r\n',
    ),
    gets: ok(),
  },
  both: {
    bytes: answer(LENGTH, 'Transfer-Encoding: chunked').replace(/ok$/, chunks),
    ...refused('it has a length beside chunks'),
  },
  duplen: { bytes: answer(LENGTH, LENGTH), gets: ok(LENGTH) },
  commalen: { bytes: answer('Content-Length: 2, 2'), gets: ok(LENGTH) },
  'two lengths': { bytes: answer(LENGTH, 'Content-Length: 3'), ...refused('it has two lengths') },
  l204: {
    bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
    gets: { status: '204 No Content', headers: [], body: '' },
  },
  l204body: {
    bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello',
    gets: { status: '204 No Content', headers: [], body: '' },
  },
  l304: {
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: "x"\r\n\r\n',
    gets: { status: '304 Not Modified', headers: ['Content-Length: 1234', 'ETag: "x"'], body: '' },
  },
  lf: { bytes: usual.replaceAll('\r', ''), gets: ok(LENGTH) },
  spacecolon: { bytes: answer('X-A : b', LENGTH), gets: ok('X-A: b', LENGTH) },
  emptyname: { bytes: answer(': b', LENGTH), ...refused('a header of it has no name') },
  gzipchunk: {
    bytes: answer('Transfer-Encoding: gzip, chunked').replace(/ok$/, chunks),
    ...refused('it has a transfer coding that was not asked for'),
  },
  identity: { bytes: answer('Transfer-Encoding: identity', LENGTH), closes: true, gets: ok(LENGTH) },
  extra: { bytes: `${usual}EXTRA`, gets: ok(LENGTH) },
  upgradeadv: { bytes: answer('Upgrade: h2,h2c', 'Connection: Upgrade', LENGTH), gets: ok(LENGTH) },
  connka: {
    bytes: answer('Connection: Keep-Alive', 'Keep-Alive: timeout=5, max=100', LENGTH),
    gets: ok(LENGTH),
  },
  slowhdr: { bytes: usual, torn: 5, gets: ok(LENGTH) },
  'closed right behind it': { bytes: usual, closes: true, gets: ok(LENGTH) },
};
