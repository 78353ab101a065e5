/** Answers of instances near the border of what can be passed on: usual ones, bent in a few places. */
import type { Chance } from '../random.ts';

export interface FuzzedAnswer {
  readonly method: 'GET' | 'HEAD';
  readonly text: string;
  /** It has something that Node's parser refuses, and that a proxy may put into plain form. */
  readonly isLenient: boolean;
}

interface Draft {
  line: string;
  headers: string[];
  end: string;
  body: string;
  isLenient: boolean;
}

type Bend = (draft: Draft, chance: Chance) => void;

const insert = (draft: Draft, chance: Chance, header: string): void =>
  void draft.headers.splice(chance.int(0, draft.headers.length), 0, header);
const lenient =
  (bend: Bend): Bend =>
  (draft, chance) => {
    bend(draft, chance);
    draft.isLenient = true;
  };
const words = [
  'X-A: 1',
  'Set-Cookie: a=1; Path=/',
  'ETag: "x"',
  'x-empty:',
  'Vary: a,b',
  'X-L: caf\xe9 \x80\xff',
] as const;

const bends: readonly [Bend, ...Bend[]] = [
  (draft, chance) =>
    void (draft.line = chance.pick([
      'HTTP/1.0 200 OK',
      'HTTP/1.1 200',
      'HTTP/1.1 200 ',
      'HTTP/1.1 404 Not  Found',
      'HTTP/1.1 999 x',
      'HTTP/1.1 204 No Content',
      'HTTP/1.1 304 Not Modified',
      'HTTP/1.1 205 Reset',
    ])),
  (draft, chance) =>
    void (draft.line = chance.pick([
      'HTTP/2.0 200 OK',
      'HTTP/1.1 20 OK',
      'HTTP/1.1 2000 OK',
      'http/1.1 200 OK',
      'HTTP/1.1  200 OK',
      'HTTP/1.1 2x0 OK',
      ' HTTP/1.1 200 OK',
      'ICY 200 OK',
      '',
    ])),
  (draft, chance) =>
    insert(
      draft,
      chance,
      chance.pick(['Connection: close', 'Connection: keep-alive', 'Keep-Alive: timeout=5']),
    ),
  lenient((draft, chance) =>
    insert(
      draft,
      chance,
      `Content-Length: ${chance.pick(['0', '3', '5', '05', '-1', '+5', '5a', '', '5 5', '99999999999999999999'])}`,
    ),
  ),
  lenient((draft, chance) => insert(draft, chance, `Content-Length: ${chance.pick(['5', '5, 5', '5,6'])}`)),
  lenient((draft, chance) =>
    insert(
      draft,
      chance,
      `Transfer-Encoding: ${chance.pick(['chunked', 'Chunked', 'gzip', 'identity', 'gzip, chunked', 'chunked, chunked', 'xchunked', ''])}`,
    ),
  ),
  lenient((draft, chance) => void (draft.end = chance.pick(['\n', '\r\n', '\r', '\n\r']))),
  lenient((draft, chance) => insert(draft, chance, chance.pick([' folded', '\tfolded', ' X: 1']))),
  lenient((draft, chance) =>
    insert(draft, chance, chance.pick(['X-A : 1', 'X-A\t: 1', ': 1', 'X A: 1', 'X-A', '\xe9: 1', '(x): 1'])),
  ),
  lenient((draft, chance) => insert(draft, chance, `X-C: a${String.fromCharCode(chance.int(0, 31))}b\x7f`)),
  lenient((draft) => void (draft.line = draft.line.replace(/ (\w*)$/, ' caf\xe9 \x01$1'))),
  (draft, chance) =>
    void (draft.line = `HTTP/1.1 ${chance.pick(['100 Continue', '102 Processing', '103 Early Hints'])}\r\n\r\n${draft.line}`),
  (draft, chance) => void (draft.body = draft.body.slice(0, chance.int(0, draft.body.length))),
  (draft) => void (draft.body += 'HTTP/1.1 200 OK\r\n\r\n'),
  (draft, chance) =>
    void (draft.body = chance.pick([
      '5\r\nhello\r\n0\r\n\r\n',
      '5;a=b\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
      '05\r\nhello\r\n000\r\n\r\n',
    ])),
  lenient(
    (draft, chance) =>
      void (draft.body = chance.pick([
        '5\nhello\n0\n\n',
        '5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n',
        '5 \r\nhello\r\n0\r\n\r\n',
        '5\r\nhelloo\r\n0\r\n\r\n',
        'g\r\nhello\r\n0\r\n\r\n',
        '5\r\nhello\r\n0\r\nX T: 1\r\n\r\n',
        '5\r\nhello\r\n0\r\n: 1\r\n\r\n',
        '-5\r\nhello\r\n0\r\n\r\n',
        '0x5\r\nhello\r\n0\r\n\r\n',
        '5\r\nhello\r\n\r\n0\r\n\r\n',
      ])),
  ),
];

export function fuzzedAnswer(chance: Chance): FuzzedAnswer {
  const isChunked = chance.hit(0.4);
  const draft: Draft = {
    line: 'HTTP/1.1 200 OK',
    headers: Array.from({ length: chance.int(0, 4) }, () => chance.pick(words)),
    end: '\r\n',
    body: isChunked ? '5\r\nhello\r\n3\r\n bo\r\n0\r\n\r\n' : 'hello',
    isLenient: false,
  };
  if (isChunked) insert(draft, chance, 'Transfer-Encoding: chunked');
  else if (chance.hit(0.8)) insert(draft, chance, 'Content-Length: 5');
  for (let bend = chance.hit(0.25) ? 0 : chance.int(1, 3); bend > 0; bend -= 1)
    chance.pick(bends)(draft, chance);
  const head = [draft.line, ...draft.headers].map((line) => `${line}${draft.end}`).join('');
  const method = chance.hit(0.15) ? 'HEAD' : 'GET';
  return { method, text: `${head}${draft.end}${draft.body}`, isLenient: draft.isLenient };
}
