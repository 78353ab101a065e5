/** A body in chunks as it comes (RFC 9112, 7.1). Extensions are dropped; its line ends have to be whole. Pure but for its own state. */
import { MOST_HEAD_BYTES, readFields } from './answer-head.ts';

const CR = 0x0d;
const LF = 0x0a;
/** Of a line with a size: extensions longer than that are no use to anybody. */
const LONGEST_LINE = 16 * 1024;
const NO_SIZE = 'a chunk of it has no size';
const TRAILERS_TOO_LONG = `its trailers are longer than ${MOST_HEAD_BYTES / 1024} KB`;
const size = /^([\da-f]{1,15})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r$/i;

export class Chunks {
  /** Of the chunk that has begun, with its line end: the last two. */
  #left = 0;
  /** What came of a line that is not whole: of a size, or of the trailers. */
  #line = '';
  #inTrailers = false;
  /** Names and values in turn, once the body is over. */
  trailers: readonly string[] | null = null;
  /** What is wrong with it. */
  fault: string | null = null;

  /** Hands on what `bytes` holds of the body from `at` on; returns how far it has read. It stops at the end of the body, or at a fault. */
  push(bytes: Buffer, at: number, body: (from: number, to: number) => void): number {
    let next = at;
    while (next < bytes.length && this.trailers === null && this.fault === null)
      next = this.#left > 0 ? this.#data(bytes, next, body) : this.#text(bytes, next);
    return next;
  }

  #data(bytes: Buffer, at: number, body: (from: number, to: number) => void): number {
    if (this.#left > 2) {
      const to = Math.min(bytes.length, at + this.#left - 2);
      this.#left -= to - at;
      body(at, to);
      return to;
    }
    if (bytes[at] !== (this.#left === 2 ? CR : LF)) this.fault = 'a chunk of it has no end';
    this.#left -= 1;
    return at + 1;
  }

  #text(bytes: Buffer, at: number): number {
    const lf = bytes.indexOf(LF, at);
    const to = lf < 0 ? bytes.length : lf;
    this.#line += bytes.toString('latin1', at, to);
    if (this.#line.length > (this.#inTrailers ? MOST_HEAD_BYTES : LONGEST_LINE))
      this.fault = this.#inTrailers ? TRAILERS_TOO_LONG : NO_SIZE;
    else if (lf >= 0 && this.#inTrailers) this.#trailer();
    else if (lf >= 0) this.#sized();
    return lf < 0 ? to : to + 1;
  }

  #sized(): void {
    const digits = size.exec(this.#line)?.[1];
    this.#line = '';
    const length = digits === undefined ? Number.NaN : Number.parseInt(digits, 16);
    if (!Number.isSafeInteger(length)) this.fault = NO_SIZE;
    else if (length === 0) this.#inTrailers = true;
    else this.#left = length + 2;
  }

  /** A line has ended: the trailers end with an empty one. */
  #trailer(): void {
    const from = this.#line.lastIndexOf('\n') + 1;
    const isLast = this.#line.slice(from) === '\r' || this.#line.length === from;
    this.#line += '\n';
    if (!isLast) return;
    const fields = readFields(this.#line, 0);
    if (typeof fields === 'string') this.fault = fields;
    else this.trailers = fields;
  }
}
