/**
 * The answer to a request that Node's server does not answer, framed as Node's own would be (RFC 9112, 6): by its length, else
 * in chunks. All of a head is written byte by byte as latin1, as it was read.
 */
import type { Socket } from 'node:net';
import type { Inbound, Outbound } from '../http/inbound.ts';

export interface ReplyRules {
  /** Header lines of a connection that is kept. */
  readonly kept: string;
  /** The answer is whole, or broke off. */
  readonly ended: (isKept: boolean) => void;
}

/** Up to this, head and body are put together; a larger body is not copied. */
const SMALL = 16 * 1024;

export class PlainReply implements Outbound {
  readonly req: Inbound;
  shouldKeepAlive = true;
  readonly #socket: Socket;
  readonly #rules: ReplyRules;
  /** What is to be sent before the next part of the body. */
  #head = '';
  #headersSent = false;
  #hasBody = true;
  #isChunked = false;
  #ended = false;
  #closed = false;
  #onClose: (() => void) | null = null;

  constructor(req: Inbound, rules: ReplyRules) {
    this.req = req;
    this.#socket = req.socket;
    this.#rules = rules;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get socket(): Socket {
    return this.#socket;
  }

  get writableLength(): number {
    return this.#socket.writableLength;
  }

  once(event: 'close' | 'drain', hear: () => void): this {
    if (event === 'close') this.#onClose = hear;
    else this.#socket.once('drain', hear);
    return this;
  }

  writeHead(status: number, reason: string, headers: readonly string[]): this {
    let lines = '';
    let isDated = false;
    let hasLength = false;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] ?? '';
      const value = headers[i + 1] ?? '';
      lines += `${name}: ${value}\r\n`;
      if (name.length === 4) isDated ||= name.toLowerCase() === 'date';
      else if (name.length === 14) hasLength ||= name.toLowerCase() === 'content-length';
    }
    if (!isDated) lines += dateLine();
    this.#hasBody = this.req.method !== 'HEAD' && status !== 204 && status !== 304;
    // To HTTP/1.0 the end of the connection ends it.
    this.#isChunked = this.#hasBody && !hasLength && this.req.httpVersionMinor > 0;
    lines += this.shouldKeepAlive ? this.#rules.kept : 'Connection: close\r\n';
    if (this.#isChunked) lines += 'Transfer-Encoding: chunked\r\n';
    this.#head = `HTTP/1.1 ${status} ${reason}\r\n${lines}\r\n`;
    this.#headersSent = true;
    return this;
  }

  flushHeaders(): void {
    if (this.#head !== '') this.#socket.write(this.#head, 'latin1');
    this.#head = '';
  }

  /** A plain request does not ask for any, and they may be left out (RFC 9110, 6.5.1). */
  addTrailers(): void {}

  write(chunk: Buffer): boolean {
    if (this.#ended || !this.#hasBody || chunk.length === 0) return true;
    const head = this.#isChunked ? `${this.#head}${chunk.length.toString(16)}\r\n` : this.#head;
    this.#head = '';
    return this.#send(head, chunk, this.#isChunked ? '\r\n' : '');
  }

  end(body?: Buffer | string): this {
    if (this.#ended) return this;
    if (body !== undefined) this.write(typeof body === 'string' ? Buffer.from(body) : body);
    const rest = this.#isChunked ? `${this.#head}0\r\n\r\n` : this.#head;
    this.#ended = true;
    if (rest !== '') this.#socket.write(rest, 'latin1');
    if (this.#socket.writableLength === 0) this.close();
    else this.#socket.write('', () => this.close());
    this.#rules.ended(this.shouldKeepAlive);
    return this;
  }

  destroy(): this {
    this.#socket.destroy();
    return this;
  }

  /** The last byte has left, or the connection is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose?.();
  }

  #send(head: string, chunk: Buffer, tail: string): boolean {
    if (chunk.length <= SMALL)
      return this.#socket.write(`${head}${chunk.toString('latin1')}${tail}`, 'latin1');
    this.#socket.cork();
    if (head !== '') this.#socket.write(head, 'latin1');
    const goesOn = this.#socket.write(chunk);
    if (tail !== '') this.#socket.write(tail, 'latin1');
    this.#socket.uncork();
    return goesOn;
  }
}

let second = 0;
let dated = '';

/** It changes once a second. */
function dateLine(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    dated = `Date: ${new Date().toUTCString()}\r\n`;
  }
  return dated;
}
