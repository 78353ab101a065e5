/** Bytes of answers, and what has to be read of them. */
import { MOST_HEAD_BYTES } from '../../../src/shared/http/answer-head.ts';
import type { AnswerReading } from '../../support/http/answer-reading.ts';

export interface AnswerCase {
  readonly bytes: string;
  readonly method?: string;
  readonly switches?: true;
  /** The connection ends behind it. */
  readonly ends?: true;
  readonly gives: Partial<AnswerReading>;
}

const head = (status: string, ...lines: string[]): string =>
  `HTTP/1.1 ${status}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const OK = 'head 200 OK';
const LENGTH = 'Content-Length: 2';
const CHUNKED = 'Transfer-Encoding: chunked';
const whole = (headers: readonly string[] = ['Content-Length', '2']): Partial<AnswerReading> => ({
  told: [OK, 'end'],
  headers,
  body: 'ok',
  rest: '',
});
const refused = (reason: string, ...before: string[]): Partial<AnswerReading> => ({
  told: [...before, `refused: ${reason}`],
  keepMs: 0,
});
const coding = 'it has a transfer coding that was not asked for';

export const answerCases: Readonly<Record<string, AnswerCase>> = {
  'a length': { bytes: `${head('200 OK', LENGTH)}ok`, gives: { ...whole(), keepMs: 4000 } },
  'a length of nothing': {
    bytes: head('200 OK', 'Content-Length: 0'),
    gives: { told: [OK, 'end'], body: '' },
  },
  'chunks, extensions and trailers': {
    bytes: `${head('200 OK', CHUNKED)}1;a=b;c\r\no\r\n01 \r\nk\r\n0\r\nX-T: v\r\nX-U:w\r\n\r\n`,
    gives: { ...whole(['Transfer-Encoding', 'chunked']), trailers: ['X-T', 'v', 'X-U', 'w'], keepMs: 4000 },
  },
  'the end of the connection': {
    bytes: `${head('200 OK')}ok`,
    ends: true,
    gives: { ...whole([]), keepMs: 0 },
  },
  'no end of the connection yet': { bytes: `${head('200 OK')}ok`, gives: { told: [OK], body: 'ok' } },
  'HTTP/1.0': { bytes: 'HTTP/1.0 200 OK\r\n\r\nok', ends: true, gives: whole([]) },
  'HTTP/1.0 that is kept': {
    bytes: `HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n${LENGTH}\r\n\r\nok`,
    gives: { ...whole(['Connection', 'Keep-Alive', 'Content-Length', '2']), keepMs: 4000 },
  },
  'HTTP/1.0 that is not': {
    bytes: `HTTP/1.0 200 OK\r\n${LENGTH}\r\n\r\nok`,
    gives: { ...whole(), keepMs: 0 },
  },
  'the last one': {
    bytes: `${head('200 OK', 'Connection: X, Close', LENGTH)}ok`,
    gives: { body: 'ok', keepMs: 0 },
  },
  'how long it is kept': {
    bytes: `${head('200 OK', 'Keep-Alive: timeout=5, max=100', LENGTH)}ok`,
    gives: { keepMs: 3000 },
  },
  'kept for less than it takes to use it': {
    bytes: `${head('200 OK', 'Keep-Alive: timeout=2', LENGTH)}ok`,
    gives: { keepMs: 0 },
  },
  'kept for ever': {
    bytes: `${head('200 OK', 'keep-alive: timeout=9999', LENGTH)}ok`,
    gives: { keepMs: 30_000 },
  },
  'bytes behind it': { bytes: `${head('200 OK', LENGTH)}okEXTRA`, gives: { ...whole(), rest: 'EXTRA' } },
  'a line end before it': { bytes: `\r\n\r\n${head('200 OK', LENGTH)}ok`, gives: whole() },

  'HEAD with a length': {
    method: 'HEAD',
    bytes: head('200 OK', LENGTH),
    gives: { told: [OK, 'end'], body: '', keepMs: 0 },
  },
  'HEAD with a body all the same': {
    method: 'HEAD',
    bytes: `${head('200 OK', LENGTH)}ok`,
    gives: { told: [OK, 'end'], body: '', rest: 'ok', keepMs: 0 },
  },
  '204': { bytes: head('204 No Content'), gives: { told: ['head 204 No Content', 'end'], keepMs: 4000 } },
  '204 with a length': {
    bytes: head('204 No Content', 'Content-Length: 5'),
    gives: { told: ['head 204 No Content', 'end'], keepMs: 0 },
  },
  '304 with a length': {
    bytes: head('304 Not Modified', 'Content-Length: 5'),
    gives: { told: ['head 304 Not Modified', 'end'], keepMs: 4000 },
  },

  'answers before it, but 100': {
    bytes: `${head('100 Continue')}${head('102 Processing')}${head('103 Early Hints', 'Link: </a>')}${head('199 Odd')}${head('200 OK', LENGTH)}ok`,
    gives: {
      ...whole(),
      told: ['interim 102 Processing', 'interim 103 Early Hints', 'interim 199 Odd', OK, 'end'],
    },
  },
  'another protocol that was asked for': {
    switches: true,
    bytes: `${head('101 Switching Protocols', 'Upgrade: websocket')}\x81\x00`,
    gives: { told: ['switched 101 Switching Protocols'], rest: '\x81\x00' },
  },
  'no other protocol though it was asked for': {
    switches: true,
    bytes: `${head('200 OK', LENGTH)}ok`,
    gives: whole(),
  },
  'another protocol that was not': {
    bytes: `${head('101 Switching Protocols', 'Upgrade: websocket')}\x81\x00`,
    gives: refused('it switches to a protocol that was not asked for'),
  },

  'no reason': {
    bytes: `HTTP/1.1 200\r\n${LENGTH}\r\n\r\nok`,
    gives: { ...whole(), told: ['head 200 ', 'end'] },
  },
  'a reason with odd bytes': {
    bytes: `${head('299 Tr\xe8s \x01 bien', LENGTH)}ok`,
    gives: { ...whole(), told: ['head 299 Tr\xe8s   bien', 'end'] },
  },
  'the highest status': { bytes: `${head('999 Odd', LENGTH)}ok`, gives: { told: ['head 999 Odd', 'end'] } },
  'bare line feeds': { bytes: `HTTP/1.1 200 OK\n${LENGTH}\n\nok`, gives: whole() },
  'line ends of both kinds': { bytes: `HTTP/1.1 200 OK\r\n${LENGTH}\n\r\nok`, gives: whole() },
  'folded values': {
    bytes: `${head('200 OK', 'X-A: a', '  b', '\tc', LENGTH)}ok`,
    gives: whole(['X-A', 'a b c', 'Content-Length', '2']),
  },
  'a folded coding': {
    bytes: `${head('200 OK', 'Transfer-Encoding:', ' chunked')}2\r\nok\r\n0\r\n\r\n`,
    gives: { body: 'ok' },
  },
  'blanks around a colon': {
    bytes: `${head('200 OK', 'X-A \t:\t b \t', LENGTH)}ok`,
    gives: whole(['X-A', 'b', 'Content-Length', '2']),
  },
  'control characters': {
    bytes: `${head('200 OK', 'X-A: a\x00\x01\rb\x7fc', LENGTH)}ok`,
    gives: whole(['X-A', 'a   b c', 'Content-Length', '2']),
  },
  'bytes beyond ASCII': {
    bytes: `${head('200 OK', 'X-A: caf\xe9 \x80\xff', LENGTH)}ok`,
    gives: whole(['X-A', 'caf\xe9 \x80\xff', 'Content-Length', '2']),
  },
  'an empty value': {
    bytes: `${head('200 OK', 'X-A:', LENGTH)}ok`,
    gives: whole(['X-A', '', 'Content-Length', '2']),
  },
  'one length, twice': {
    bytes: `${head('200 OK', LENGTH, LENGTH)}ok`,
    gives: { told: [OK, 'end'], body: 'ok' },
  },
  'one length, twice in a line': {
    bytes: `${head('200 OK', 'Content-Length: 2,2 , 2')}ok`,
    gives: { body: 'ok', keepMs: 4000 },
  },
  'a length beside chunks': {
    bytes: `${head('200 OK', LENGTH, CHUNKED)}3\r\nabc\r\n0\r\n\r\n`,
    gives: refused('it has a length beside chunks'),
  },
  'a coding that is none': {
    bytes: `${head('200 OK', 'Transfer-Encoding: Identity', LENGTH)}ok`,
    gives: { body: 'ok', told: [OK, 'end'] },
  },
  'a long head': {
    bytes: `${head('200 OK', `X-A: ${'x'.repeat(200_000)}`, LENGTH)}ok`,
    gives: { told: [OK, 'end'], body: 'ok' },
  },

  'two lengths': {
    bytes: `${head('200 OK', LENGTH, 'Content-Length: 3')}ok`,
    gives: refused('it has two lengths'),
  },
  'two lengths in a line': {
    bytes: head('200 OK', 'Content-Length: 2, 3'),
    gives: refused('its length is no number'),
  },
  ...Object.fromEntries(
    ['', '-1', '+2', '0x2', '2 3', '1e3', '99999999999999999999', 'two'].map((length) => [
      `the length '${length}'`,
      { bytes: head('200 OK', `Content-Length: ${length}`), gives: refused('its length is no number') },
    ]),
  ),
  ...Object.fromEntries(
    ['gzip, chunked', 'chunked, gzip', 'chunked, chunked', 'xchunked', 'chunked;q=1', 'gzip'].map((name) => [
      `the coding '${name}'`,
      { bytes: head('200 OK', `Transfer-Encoding: ${name}`), gives: refused(coding) },
    ]),
  ),
  'two lines of codings': { bytes: head('200 OK', CHUNKED, CHUNKED), gives: refused(coding) },
  'a header without a name': { bytes: head('200 OK', ': b'), gives: refused('a header of it has no name') },
  'a name that is none': { bytes: head('200 OK', 'X Y: b'), gives: refused('a header of it has no name') },
  'no colon': { bytes: head('200 OK', 'X-A'), gives: refused('a header of it has no name') },
  'a first line that is folded': {
    bytes: head('200 OK', ' X-A: b'),
    gives: refused('its first header begins with a blank'),
  },
  'a head that is too long': {
    bytes: head('200 OK', `X-A: ${'x'.repeat(MOST_HEAD_BYTES)}`),
    gives: refused('its head is longer than 256 KB'),
  },
  'trailers that are too long': {
    bytes: `${head('200 OK', CHUNKED)}0\r\nX-A: ${'x'.repeat(MOST_HEAD_BYTES)}`,
    gives: refused('its trailers are longer than 256 KB', OK),
  },
  'a size that is none': {
    bytes: `${head('200 OK', CHUNKED)}zz\r\n`,
    gives: refused('a chunk of it has no size', OK),
  },
  'a size that is negative': {
    bytes: `${head('200 OK', CHUNKED)}-2\r\nok`,
    gives: refused('a chunk of it has no size', OK),
  },
  'a size that is too large': {
    bytes: `${head('200 OK', CHUNKED)}fffffffffffffff\r\n`,
    gives: refused('a chunk of it has no size', OK),
  },
  'a size with a bare line feed': {
    bytes: `${head('200 OK', CHUNKED)}2\nok`,
    gives: refused('a chunk of it has no size', OK),
  },
  'a size that never ends': {
    bytes: `${head('200 OK', CHUNKED)}2;${'x'.repeat(20_000)}`,
    gives: refused('a chunk of it has no size', OK),
  },
  'a chunk that is longer': {
    bytes: `${head('200 OK', CHUNKED)}2\r\nokk\r\n`,
    gives: { ...refused('a chunk of it has no end', OK), body: 'ok' },
  },
  'another protocol altogether': { bytes: 'SSH-2.0-x\r\n', gives: refused('it is no HTTP') },
  'a version of its own': { bytes: 'HTTP/2.0 200 OK\r\n\r\n', gives: refused('it is no HTTP') },
  'a status of four digits': { bytes: head('2000 OK'), gives: refused('it is no HTTP') },
  'a status below all': { bytes: head('099 OK'), gives: refused('it is no HTTP') },
};
