/** Bytes of a hostile client: requests by the grammar, bent at the places where servers have been fooled. */
import type { Chance } from '../random.ts';

export interface Hostile {
  /** What is sent, in the parts in which it is sent. */
  readonly parts: readonly Buffer[];
  readonly pace: Pace;
  /** Whether nothing was bent: every request has to pass. */
  readonly isFair: boolean;
}

/**
 * What is waited for before the next part: nothing; a turn, in which the router reads what came while its answer is still
 * out; or the answer to the first part, and then a turn each.
 */
export type Pace = 'none' | 'turn' | 'answer';

interface Draft {
  line: string;
  headers: string[];
  body: string;
}

const crlf = '\r\n';

/** One connection's worth: requests that name the case in their targets, `/c<case>m<n>`; hidden ones `/c<case>h<n>`. */
export function hostile(chance: Chance, id: number): Hostile {
  const isFair = chance.hit(0.25);
  const beginsPlain = chance.hit(0.4);
  const requests = Array.from({ length: chance.int(1, 3) }, (_, n) =>
    n === 0 && beginsPlain ? plain(id) : write(draft(chance, id, n), chance, isFair),
  );
  requests.push(`GET /c${id}end HTTP/1.1${crlf}Host: x${crlf}Connection: close${crlf}${crlf}`);
  if (!isFair && chance.hit(0.3)) {
    const at = chance.int(beginsPlain ? 1 : 0, requests.length - 1);
    requests[at] = bend(requests[at] ?? '', chance);
  }
  const isCutBetween = chance.hit(beginsPlain ? 0.8 : 0.3);
  const bytes = Buffer.from(requests.join(''), 'latin1');
  const parts = isCutBetween ? requests.map((one) => Buffer.from(one, 'latin1')) : torn(bytes, chance);
  const pace =
    isCutBetween && beginsPlain ? chance.pick<Pace>(['turn', 'answer']) : chance.pick<Pace>(['none', 'turn']);
  return { parts, pace, isFair };
}

/** What the router reads itself, when it comes alone; what comes behind it may be anything. */
const plain = (id: number): string => `GET /c${id}m0 HTTP/1.1${crlf}Host: x${crlf}${crlf}`;

function draft(chance: Chance, id: number, n: number): Draft {
  const method = chance.pick(['GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);
  const target = chance.pick([`/c${id}m${n}`, `/c${id}m${n}?a=b&c`, `http://shop.example/c${id}m${n}`]);
  const hidden = `GET /c${id}h${n} HTTP/1.1${crlf}Host: x${crlf}${crlf}`;
  const body = chance.pick([
    '',
    'a',
    'hello',
    '0\r\n\r\n',
    hidden,
    `0\r\n\r\n${hidden}`,
    `\r\n\r\n${hidden}`,
    'x'.repeat(5000),
  ]);
  const version = chance.hit(0.95) ? '1.1' : '1.0';
  return { line: `${method} ${target} HTTP/${version}`, headers: ['Host: x'], body };
}

function write(one: Draft, chance: Chance, isFair: boolean): string {
  const { headers } = one;
  if (one.line.endsWith('1.0')) headers.push('Connection: keep-alive');
  let body = one.body;
  if (body !== '' && chance.hit(0.5)) {
    headers.push(chance.pick(['Transfer-Encoding: chunked', 'transfer-encoding:  CHUNKED ']));
    body = chunks(body, chance, isFair);
  } else if (body !== '') headers.push(`Content-Length: ${body.length}`);
  if (chance.hit(0.3)) headers.push(chance.pick(['X-A: b', 'X-Empty:', 'Accept: */*', 'X-B:\t c \t']));
  if (!isFair) for (let odd = chance.int(0, 2); odd > 0; odd -= 1) spoil(one, body.length, chance);
  const order = chance.hit(0.3) ? [...headers].reverse() : headers;
  return `${one.line}${crlf}${order.map((line) => `${line}${crlf}`).join('')}${crlf}${body}`;
}

function chunks(body: string, chance: Chance, isFair: boolean): string {
  let out = '';
  for (let at = 0; at < body.length;) {
    const size = chance.int(1, Math.min(body.length - at, 3000));
    const hex = chance.pick([size.toString(16), size.toString(16).toUpperCase(), `00${size.toString(16)}`]);
    const extension = chance.hit(0.1) ? chance.pick([';a', ';a=b', ';a="b c"']) : '';
    out += `${hex}${extension}${crlf}${body.slice(at, at + size)}${crlf}`;
    at += size;
  }
  const trailers = chance.hit(0.1) ? `X-Trailer: 1${crlf}` : '';
  out += `0${crlf}${trailers}${crlf}`;
  if (isFair || chance.hit(0.6)) return out;
  return chance.pick([
    out.replace(crlf, '\n'),
    out.replace(/^[0-9a-f]+/i, (hex) => `0x${hex}`),
    out.replace(/^[0-9a-f]+/i, (hex) => `${hex} `),
    out.replace(/^[0-9a-f]+/i, (hex) => `-${hex}`),
    out.replace(/^[0-9a-f]+/i, (hex) => (Number.parseInt(hex, 16) + 1).toString(16)),
    out.replace(/^[0-9a-f]+/i, (hex) => (Number.parseInt(hex, 16) - 1).toString(16)),
    out.replace(/^[0-9a-f]+/i, (hex) => `ffffffffffffffff${hex}`),
    out.replace(/^[0-9a-f]+/i, ''),
    out.replace(crlf, `;a\nb${crlf}`),
    out.replace(/0\r\n\r\n$/, '0\r\n'),
    out.replace(/0\r\n\r\n$/, '0\r\nContent-Length: 5\r\n\r\n'),
    out.replace(/0\r\n\r\n$/, '0\n\n'),
    out.replace(/0\r\n\r\n$/, ''),
  ]);
}

function spoil(one: Draft, length: number, chance: Chance): void {
  const { headers } = one;
  const odd = chance.pick<string>([
    'Content-Length: 0',
    ...[
      'Content-Length: 0',
      `Content-Length: ${length}`,
      `Content-Length: ${length + 40}`,
      'Content-Length: 5',
    ],
    ...[
      'Content-Length: +5',
      'Content-Length: 5, 5',
      'Content-Length: 0x5',
      'Content-Length:',
      'Content-Length: 5 5',
    ],
    ...[
      'Content-Length : 5',
      'Content_Length: 5',
      'Content-Length: 5\n',
      'Content-Length: \x0b5',
      `Content-Length: ${'9'.repeat(25)}`,
    ],
    ...['Transfer-Encoding: chunked', 'Transfer-Encoding: identity', 'Transfer-Encoding: gzip, chunked'],
    ...[
      'Transfer-Encoding: chunked, chunked',
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding: chunked;q=1',
    ],
    ...[
      'Transfer-Encoding : chunked',
      'Transfer-Encoding:\x0bchunked',
      'Transfer-Encoding:\r\n chunked',
      'Transfer_Encoding: chunked',
    ],
    ...[
      'X: y\nTransfer-Encoding: chunked',
      'X: y\rTransfer-Encoding: chunked',
      'X: y\r\n\tfolded',
      ' Transfer-Encoding: chunked',
    ],
    ...[
      'Transfer-Encoding: chu\0nked',
      'TE: trailers',
      'Trailer: Content-Length',
      'Connection: close',
      'Connection: keep-alive',
    ],
    ...[
      'Connection: content-length, transfer-encoding, host',
      'Connection: upgrade',
      'Connection: Upgrade\r\nUpgrade: h2c',
    ],
    ...[
      'Connection: Upgrade\r\nUpgrade: websocket',
      'Upgrade: websocket',
      'Expect: 100-continue',
      'Expect: 200-ok',
      'Keep-Alive: 5',
    ],
    ...[
      'Host: y',
      'Host:',
      'X-Forwarded-For: 6.6.6.6',
      'X_Forwarded_For: 6.6.6.6',
      'Forwarded: for=6.6.6.6',
      'X-Real-IP: 6.6.6.6',
    ],
    ...[
      'X\0: 1',
      'X: \0',
      'X',
      ': x',
      'X Y: 1',
      'X: \x7f',
      'X: \xff',
      'Proxy-Connection: close',
      'HTTP2-Settings: AAMA',
    ],
    Array.from({ length: chance.int(100, 300) }, (_, at) => `H${at}: 1`).join(crlf),
  ]);
  if (chance.hit(0.15)) one.line = bentLine(one.line, chance);
  else if (chance.hit(0.1)) headers.splice(0, 1);
  else headers.splice(chance.int(0, headers.length), 0, odd);
}

const bentLine = (line: string, chance: Chance): string =>
  chance.pick([
    line.replace(' ', '  '),
    line.replace(' ', '\t'),
    line.replace('HTTP/1', 'HTTP/2'),
    line.replace('HTTP/1.', 'HTTP/1.0'),
    line.replace(/ HTTP.*/, ''),
    line.replace(/^\w+/, 'GETT'),
    line.replace(/^\w+/, 'CONNECT'),
    line.replace(/^\w+/, 'HEAD'),
    line.replace('/c', '//c'),
    line.replace('/c', '/\xe9/c'),
    line.replace('/c', '/#/c'),
    line.replace(/\S+(?= HTTP)/, '*'),
    `${crlf}${line}`,
    `\n${line}`,
    ` ${line}`,
    `${line} `,
  ]);

/** One byte is lost, doubled or becomes another one. */
function bend(bytes: string, chance: Chance): string {
  const at = chance.int(0, bytes.length - 1);
  const other = chance.pick<string>([
    '',
    '\r',
    '\n',
    '\0',
    ' ',
    ':',
    ';',
    ',',
    '\t',
    '0',
    'a',
    '\x0b',
    '\xff',
    bytes.charAt(at).repeat(2),
  ]);
  return bytes.slice(0, at) + other + bytes.slice(at + 1);
}

function torn(bytes: Buffer, chance: Chance): Buffer[] {
  const cuts = Array.from({ length: chance.int(0, 2) }, () => chance.int(0, bytes.length)).sort(
    (a, b) => a - b,
  );
  return [0, ...cuts].map((from, at) => bytes.subarray(from, cuts[at] ?? bytes.length));
}
