/**
 * The head of an instance's answer (RFC 9112, 4 and 5). Pure. What is odd but clear is put into plain form, as a proxy may:
 * bare line feeds, folded values, blanks before a colon, control characters within a value. What is none is told why.
 */

export interface AnswerHead {
  readonly status: number;
  /** As it came, byte by byte as latin1; may be empty. */
  readonly reason: string;
  /** Of its version: 0 or 1. */
  readonly minor: number;
  /** Names and values in turn, byte by byte as latin1: each can stand in a head. */
  readonly headers: readonly string[];
}

/** The longest head of an answer, and the longest trailers, in bytes. */
export const MOST_HEAD_BYTES = 256 * 1024;

export const TOO_LONG = `its head is longer than ${MOST_HEAD_BYTES / 1024} KB`;
/** It speaks something else: nobody whose answer could be judged. */
export const NO_HTTP = 'it is no HTTP';

const first = /^HTTP\/1\.(\d) ([1-9]\d\d)(?: (.*))?$/;
const token = /^[\w!#$%&'*+.^`|~-]+$/;
const unprintable = /[^\t\x20-\x7e\x80-\xff]/;
const allUnprintable = /[^\t\x20-\x7e\x80-\xff]/g;

/** `text`: all of it up to the blank line, byte by byte as latin1. A string says what is wrong with it. */
export function readAnswerHead(text: string): AnswerHead | string {
  const end = text.indexOf('\n');
  const start = first.exec(text.slice(0, beforeCr(text, end)));
  if (start === null) return NO_HTTP;
  const headers = readFields(text, end + 1);
  if (typeof headers === 'string') return headers;
  const [, version, status, reason = ''] = start;
  return { status: Number(status), reason: printable(reason), minor: version === '0' ? 0 : 1, headers };
}

/** The header lines from there on, as names and values in turn. A string says what is wrong with them. */
export function readFields(text: string, from: number): string[] | string {
  const out: string[] = [];
  for (let at = from; at < text.length;) {
    const lineEnd = text.indexOf('\n', at);
    const end = lineEnd < 0 ? text.length : beforeCr(text, lineEnd);
    const next = lineEnd < 0 ? text.length : lineEnd + 1;
    if (end === at) break;
    if (isBlank(text.charCodeAt(at))) {
      // Folded (RFC 9112, 5.2): it goes on with the value before it.
      if (out.length === 0) return 'its first header begins with a blank';
      out.push(`${out.pop()} ${printable(trimmed(text, at, end))}`.trim());
    } else {
      const colon = text.indexOf(':', at);
      const name = colon < 0 || colon >= end ? '' : text.slice(at, trimmedEnd(text, at, colon));
      if (!token.test(name)) return 'a header of it has no name';
      out.push(name, printable(trimmed(text, colon + 1, end)));
    }
    at = next;
  }
  return out;
}

const printable = (text: string): string =>
  unprintable.test(text) ? text.replace(allUnprintable, ' ') : text;

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

const beforeCr = (text: string, lf: number): number => (text.charCodeAt(lf - 1) === 0x0d ? lf - 1 : lf);

function trimmed(text: string, from: number, to: number): string {
  let at = from;
  while (at < to && isBlank(text.charCodeAt(at))) at += 1;
  return text.slice(at, trimmedEnd(text, at, to));
}

function trimmedEnd(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return end;
}
