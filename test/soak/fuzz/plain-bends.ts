/** How a head of a request is bent: its first line, its headers, any byte of it. */
import { special, value, type Words } from './plain-words.ts';
import type { Chance } from '../random.ts';

export interface Draft {
  line: string;
  /** Each without its line end. */
  readonly headers: string[];
}

const crlf = '\r\n';
/** By these parsers differ. */
const edges: Words = [
  ' ',
  ...'\t\r\n\0\x0b\x0c\x7f\x80\x85\xa0\xad\xff:;,=/\\#?%"\'@*_-.0',
  crlf,
  '\r\n\r\n',
];
const anyByte = (chance: Chance): string => String.fromCharCode(chance.int(0, 255));

const methods: Words = [
  'get',
  ...['Get', 'GETT', 'GE', 'HEADD', 'head', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT'],
  ...['PRI', 'QUERY', 'M-SEARCH', 'SOURCE', 'ANNOUNCE', 'PLAY', 'PURGE', ''],
];
const versions: Words = [
  'HTTP/1.0',
  ...['HTTP/1.2', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/2', 'HTTP/1.10', 'HTTP/01.1', 'HTTP/1.1 ', 'HTTP/1.', ''],
  ...['HTTP/11', 'http/1.1', 'HTTPS/1.1', 'ICE/1.0', 'RTSP/1.1', 'HTTP/1,1', ' HTTP/1.1', 'HTTP/1.1\r'],
];
const targets: Words = [
  '*',
  ...['', '//', '/#', '/a#b', '?', '?a', '#', 'a', '\\', 'http://y', 'http://y/', 'https://u@y:8/a?b', '/ a'],
  ...[
    'HTTP://y/',
    'y:443',
    '/%',
    '/%00',
    '/\\..',
    '/"',
    '/<>',
    '/{}|^`',
    '/\xe9',
    '/\x7f',
    '/\t',
    '/\0',
    '/[',
  ],
  ...['//y/a', '/;a', '/a?b?c', '/?', '/??#', '/@', '/:80', 'urn:a', '[::1]', '/\x80?\xff'],
];

export function bendLine(one: Draft, chance: Chance): void {
  const { line } = one;
  const space = (): string => chance.pick([' ', '  ', '\t', '', '\x0b', '\xa0', crlf, '\0']);
  one.line = chance.pick([
    () => line.replace(/^\S*/, () => chance.pick(methods)),
    () => line.replace(/HTTP.*$/, () => chance.pick(versions)),
    () => line.replace(/ .* /s, () => ` ${chance.pick(targets)} `),
    () => line.replace(/ .* /s, () => ` /${chance.pick(edges)}${anyByte(chance)} `),
    () => line.replace(' ', space),
    () => line.replace(/ (?=\S*$)/, space),
    () => `${space()}${line}`,
    () => `${line}${space()}`,
  ])();
}

/** What decides where a message ends and whether its connection is kept, and what parsers have been fooled by. */
const odd: Words = [
  'Content-Length: 0',
  ...[
    'content-length: 5',
    'Content-Length:',
    'Content-Length: +0',
    'Content-Length: 00',
    'CONTENT-LENGTH: x',
  ],
  ...['Content-Length: 0, 0', 'Content-Length:0', 'Content-Length : 0', 'Content_Length: 5', 'X-Empty: '],
  ...[
    'Content-Length: 0\r\nContent-Length: 0',
    'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'X-Empty:',
  ],
  ...['Transfer-Encoding: chunked', 'transfer-encoding: identity', 'Transfer-Encoding: gzip', 'TE: chunked'],
  ...['Transfer-Encoding:\r\n chunked', 'TRANSFER-ENCODING:\tchunked', 'Transfer-Encoding : chunked'],
  ...['Connection: close', 'Connection: Close', 'Connection:close', 'Connection: keep-alive, close'],
  ...['Connection: keep-alive, x', 'Connection: , keep-alive', 'connection: keep-aliv', 'Connection: te'],
  ...[
    'Connection: keep_alive',
    'Connection:  keep-alive',
    'Connection: keep-alive ',
    'Connection: KEEP-ALIVE',
  ],
  ...['Connection: keep-alivee', 'Connection: host, cookie', 'Connection: upgrade', 'Connection:'],
  ...[
    'Connection: Upgrade\r\nUpgrade: websocket',
    'Connection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AA',
  ],
  ...['Proxy-Connection: close', 'Proxy-Connection: keep-alive', 'Proxy-Connection: upgrade\r\nUpgrade: a'],
  ...[
    'Upgrade: websocket',
    'Upgrade:',
    'Keep-Alive: 5',
    'Keep-Alive: timeout=5, max=1',
    'HTTP2-Settings: AA',
  ],
  ...['Expect: 100-continue', 'expect: 200-ok', 'Expect:', 'TE: trailers', 'Trailer: Content-Length'],
  ...[
    'Host: y',
    'Host:',
    'Host: ',
    'host:y',
    ' Host: y',
    'Host : y',
    'X',
    ': x',
    ' X: y',
    '\tX: y',
    'X Y: z',
  ],
  ...[
    'X: y\r\n z',
    'X: y\r\n\tz',
    'X: y\r\n ',
    'X: y\nZ: a',
    'X: y\rZ: a',
    'X: y\r\r',
    'X: \0',
    '\0: x',
    'X:',
    '',
  ],
];

export function bendHeaders(one: Draft, chance: Chance): void {
  const { headers } = one;
  const at = chance.int(0, Math.max(0, headers.length - 1));
  const header = headers[at] ?? '';
  const white = (): string =>
    chance.pick(['', ' ', '  ', '\t', ' \t', '\t ', crlf, '\r\n ', '\r\n\t', '\n', '\r', '\xa0']);
  const add = (more: string): void => void headers.splice(chance.int(0, headers.length), 0, more);
  chance.pick<() => void>([
    () => add(chance.pick(odd)),
    () => add(chance.pick(odd)),
    () => add(`${chance.pick(special)}: ${value(chance)}`),
    () => add(withByte('X-Odd: a b', chance)),
    () => add(header),
    () => void headers.splice(at, 1),
    () => (headers[at] = header.replace(': ', () => `${white()}:${white()}`)),
    () => (headers[at] = `${header}${white()}`),
    () => (headers[at] = `${white()}${header}`),
    () => (headers[at] = header.replace(/: .*/s, () => `:${chance.pick(['', ' ', '  ', '\t'])}`)),
  ])();
}

function withByte(text: string, chance: Chance): string {
  const at = chance.int(0, text.length);
  return `${text.slice(0, at)}${anyByte(chance)}${text.slice(at + chance.int(0, 1))}`;
}

export function bendBytes(text: string, chance: Chance): string {
  const ends = [...text.matchAll(/[\r\n: ]/g)].map(({ index }) => index);
  const at = chance.hit(0.5) ? chance.int(0, text.length) : (ends[chance.int(0, ends.length - 1)] ?? 0);
  const put = (more: string, instead = 0): string => text.slice(0, at) + more + text.slice(at + instead);
  return chance.pick([
    () => withByte(text, chance),
    () => put(anyByte(chance), chance.int(0, 1)),
    () => put(chance.pick(edges)),
    () => put(chance.pick(edges), 1),
    () => put('', 1),
    () => put(text.charAt(at)),
    () => text.slice(0, at),
    () => text.slice(at),
    () => chance.pick([crlf, '\n', '\r', '\0', ' ', '\r\n\r\n']) + text,
    () => text + chance.pick([crlf, '\n', '\r', '\0', ' ', 'a', 'GET /more HTTP/1.1\r\nHost: x\r\n\r\n']),
    () => text.replaceAll(crlf, '\n'),
    () =>
      text.replace(/\r\n\r\n$/, () => chance.pick([crlf, '\n\n', '\r\r', '\n\r\n', '\r\n\n', '\r\n\r', ''])),
  ])();
}
