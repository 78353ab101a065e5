/** Reads the answers of one connection, one after the other, from its bytes as they come. Pure but for its own state. */
import { MOST_HEAD_BYTES, NO_HTTP, readAnswerHead, TOO_LONG, type AnswerHead } from './answer-head.ts';
import { Chunks } from './chunks.ts';
import { framingOf, type Framing } from './framing.ts';

/** Hears one answer. Nothing follows `onRefused`, `onSwitched` and `onEnd`. */
export interface AnswerHearer {
  /** An answer before the answer (1xx), but 100: whoever waits for that has been told already. */
  onInterim(head: AnswerHead): void;
  onHead(head: AnswerHead, framing: Framing): void;
  /** A part of the body; it is the hearer's own. */
  onData(chunk: Buffer): void;
  onEnd(trailers: readonly string[]): void;
  /** The connection speaks another protocol from here on. */
  onSwitched(head: AnswerHead): void;
  /** It cannot be passed on. */
  onRefused(reason: string): void;
}

type ReaderState = 'head' | 'length' | 'chunked' | 'close' | 'over';

const USUAL_END = Buffer.from('\r\n\r\n');
const blankLine = /\n\r?\n/g;
const noTrailers: readonly string[] = [];
/** It holds on to nothing between two pieces. */
const NOTHING = Buffer.alloc(0);

export class AnswerReader {
  readonly #hearer: AnswerHearer;
  #state: ReaderState = 'over';
  #method = '';
  #switches = false;
  #text = '';
  #left = 0;
  #keepMs = 0;
  #chunks: Chunks | null = null;
  #bytes: Buffer = NOTHING;

  constructor(hearer: AnswerHearer) {
    this.#hearer = hearer;
  }

  /** Whether no answer is expected, or none that goes on. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Whether nothing of an answer has come yet. */
  get isFresh(): boolean {
    return this.#state === 'head' && this.#text === '';
  }

  /** Whether the end of the connection ends the answer. */
  get endsByClose(): boolean {
    return this.#state === 'close';
  }

  /** How long the connection may be kept once the answer is over; 0: not at all. */
  get keepMs(): number {
    return this.#keepMs;
  }

  /** An answer is expected from here on. `switches`: it may turn to another protocol. */
  begin(method: string, switches: boolean): void {
    this.#state = 'head';
    this.#method = method;
    this.#switches = switches;
    this.#text = '';
    this.#keepMs = 0;
  }

  /** Nothing more is heard of it. */
  stop(): void {
    this.#state = 'over';
    this.#keepMs = 0;
  }

  /** Reads on; returns how much of it belongs to the answer. `bytes` may be used again by whoever gave them. */
  push(bytes: Buffer): number {
    let at = 0;
    this.#bytes = bytes;
    while (at < bytes.length && this.#state !== 'over') at = this.#step(bytes, at);
    this.#bytes = NOTHING;
    return at;
  }

  /** The connection has ended, cleanly: where that ends the answer it is over. */
  end(): void {
    if (this.#state === 'close') this.#end(noTrailers);
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#head(bytes, at);
      case 'length': {
        const to = Math.min(bytes.length, at + this.#left);
        this.#left -= to - at;
        this.#pass(at, to);
        if (this.#left === 0 && this.#state === 'length') this.#end(noTrailers);
        return to;
      }
      case 'chunked':
        return this.#chunk(bytes, at);
      default:
        this.#pass(at, bytes.length);
        return bytes.length;
    }
  }

  #head(bytes: Buffer, at: number): number {
    const before = this.#text.length;
    // Some end the answer before with a line end too many (RFC 9112, 2.2).
    if (before === 0 && (bytes[at] === 0x0d || bytes[at] === 0x0a)) return at + 1;
    const usual = bytes.indexOf(USUAL_END, at);
    const piece = bytes.toString('latin1', at, usual < 0 ? bytes.length : usual + USUAL_END.length);
    const text = before === 0 ? piece : this.#text + piece;
    blankLine.lastIndex = Math.max(0, before - 3);
    const end = blankLine.exec(text) === null ? -1 : blankLine.lastIndex;
    if (end < 0 || end > MOST_HEAD_BYTES) {
      this.#text = text;
      if (text.length > MOST_HEAD_BYTES) this.#refuse(TOO_LONG);
      else if (!couldBeHttp(text)) this.#refuse(NO_HTTP);
      return at + piece.length;
    }
    this.#text = '';
    this.#whole(end === text.length ? text : text.slice(0, end));
    return at + end - before;
  }

  #whole(text: string): void {
    const head = readAnswerHead(text);
    if (typeof head === 'string') {
      this.#refuse(head);
      return;
    }
    if (head.status < 200) {
      this.#interim(head);
      return;
    }
    const framing = framingOf(head, this.#method);
    if (typeof framing === 'string') {
      this.#refuse(framing);
      return;
    }
    this.#keepMs = framing.keepMs;
    this.#state = framing.body === 'none' ? 'length' : framing.body;
    this.#left = framing.body === 'length' ? (framing.length ?? 0) : 0;
    this.#chunks = framing.body === 'chunked' ? new Chunks() : null;
    this.#hearer.onHead(head, framing);
    // What hears it may have stopped it.
    if (this.#state === 'length' && this.#left === 0) this.#end(noTrailers);
  }

  #interim(head: AnswerHead): void {
    if (head.status === 100) return;
    if (head.status !== 101) {
      this.#hearer.onInterim(head);
      return;
    }
    if (!this.#switches) {
      this.#refuse('it switches to a protocol that was not asked for');
      return;
    }
    this.stop();
    this.#hearer.onSwitched(head);
  }

  #chunk(bytes: Buffer, at: number): number {
    const chunks = this.#chunks as Chunks;
    const next = chunks.push(bytes, at, this.#pass);
    if (this.#state !== 'chunked') return next;
    if (chunks.fault !== null) this.#refuse(chunks.fault);
    else if (chunks.trailers !== null) this.#end(chunks.trailers);
    return next;
  }

  readonly #pass = (from: number, to: number): void => {
    if (from === to || this.#state === 'over') return;
    const chunk = Buffer.allocUnsafe(to - from);
    this.#bytes.copy(chunk, 0, from, to);
    this.#hearer.onData(chunk);
  };

  #end(trailers: readonly string[]): void {
    this.#state = 'over';
    this.#hearer.onEnd(trailers);
  }

  #refuse(reason: string): void {
    this.stop();
    this.#hearer.onRefused(reason);
  }
}

const START = 'HTTP/1.';
const couldBeHttp = (text: string): boolean =>
  text.length >= START.length ? text.startsWith(START) : START.startsWith(text);
