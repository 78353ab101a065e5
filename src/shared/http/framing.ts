/** Where an answer ends (RFC 9112, 6.3), and whether its connection serves another request. Pure. */
import type { AnswerHead } from './answer-head.ts';

export interface Framing {
  /** `close`: the end of the connection ends it. */
  readonly body: 'none' | 'length' | 'chunked' | 'close';
  /** Of the body, as the head tells: also of one that is not sent (HEAD, 304). Null: it does not. */
  readonly length: number | null;
  /** So long the connection may be kept for another request, in milliseconds; 0: not at all. */
  readonly keepMs: number;
}

/** A connection is kept so long when the instance does not tell: less than the 5 s of Node's own server, the quickest of the usual. */
export const KEEP_MS = 4000;
const MOST_KEEP_MS = 30_000;
/** So much earlier than the instance says: it must not close just when a request is on its way. */
const EARLY_MS = 2000;

/** `method`: of the request. A string says why the answer cannot be passed on. */
export function framingOf({ status, minor, headers }: AnswerHead, method: string): Framing | string {
  let length: number | null = null;
  let coding: string | null = null;
  let closes = false;
  let keeps = minor === 1;
  let keepMs = KEEP_MS;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    switch (name.length) {
      case 10: {
        const key = name.toLowerCase();
        if (key === 'connection') {
          closes ||= lists(value, 'close');
          keeps ||= lists(value, 'keep-alive');
        } else if (key === 'keep-alive') keepMs = keptFor(value);
        break;
      }
      case 14: {
        if (name.toLowerCase() !== 'content-length') break;
        const told = lengthIn(value);
        if (told === null) return 'its length is no number';
        if (length !== null && told !== length) return 'it has two lengths';
        length = told;
        break;
      }
      case 17:
        if (name.toLowerCase() === 'transfer-encoding')
          coding = coding === null ? value : `${coding},${value}`;
        break;
    }
  }
  // The older form of no coding at all.
  if (coding !== null && /^(identity)?$/i.test(coding)) coding = null;
  if (coding !== null && coding.toLowerCase() !== 'chunked')
    return 'it has a transfer coding that was not asked for';
  // It could be read in two ways, and become two answers (RFC 9112, 6.3).
  if (coding !== null && length !== null) return 'it has a length beside chunks';
  const body = bodyOf(status, method, coding, length);
  // Where an instance may see another end than we do nobody else's answer is read behind it.
  const isOdd =
    body === 'none'
      ? method === 'HEAD' || coding !== null || (status === 204 && (length ?? 0) > 0)
      : body === 'close' || (coding !== null && minor === 0);
  return { body, length, keepMs: keeps && !closes && !isOdd ? keepMs : 0 };
}

function bodyOf(
  status: number,
  method: string,
  coding: string | null,
  length: number | null,
): Framing['body'] {
  if (method === 'HEAD' || status === 204 || status === 304) return 'none';
  if (coding !== null) return 'chunked';
  return length === null ? 'close' : 'length';
}

/** One number, or the same one several times (RFC 9110, 8.6). */
function lengthIn(value: string): number | null {
  const [one = '', ...others] = value.split(',').map((part) => part.trim());
  const length = Number(one);
  const isClear = /^\d+$/.test(one) && Number.isSafeInteger(length) && others.every((other) => other === one);
  return isClear ? length : null;
}

function lists(value: string, word: string): boolean {
  const lower = value.toLowerCase();
  return lower === word || lower.split(',').some((part) => part.trim() === word);
}

function keptFor(value: string): number {
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(value)?.[1];
  if (seconds === undefined) return KEEP_MS;
  return Math.max(0, Math.min(MOST_KEEP_MS, Number(seconds) * 1000 - EARLY_MS));
}
