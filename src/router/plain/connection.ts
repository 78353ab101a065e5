/**
 * A client's connection while all that came over it is plain: one request at a time, read here. At the first byte that is
 * anything else Node's parser gets the connection, for good, with that byte.
 */
import type { Socket } from 'node:net';
import type { Limits } from '../../config/types.ts';
import type { Watched } from '../long-lived/timeouts.ts';
import { readPlain } from './read.ts';
import { PlainReply, type ReplyRules } from './reply.ts';
import { PlainRequest } from './request.ts';

/** A longer head is not read here. */
const LONGEST = 8 * 1024;
/** What comes before the answer to an earlier request is kept up to this; the rest waits in the kernel. */
const MOST_HELD = 64 * 1024;
/** Small pieces cost more than their bytes. */
const MOST_PIECES = 256;
/**
 * A connection is kept a little longer than the client was told, so that its last request does not meet the end. A new one
 * is kept so long for its first request.
 */
const LATE_MS = 1000;

export interface PlainRules {
  readonly limits: Limits;
  readonly take: (req: PlainRequest, res: PlainReply) => void;
  /** Whether nothing of it is to be read here. */
  readonly isForNode: (socket: Socket) => boolean;
  /** It is Node's from here on; what came is in the socket again. */
  readonly give: (socket: Socket) => void;
  readonly left: (connection: PlainConnection) => void;
}

export class PlainConnection implements Watched {
  readonly #socket: Socket;
  readonly #rules: PlainRules;
  readonly #replyRules: ReplyRules;
  #reply: PlainReply | null = null;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #requests = 0;
  /** When it was opened, or its last answer ended. */
  #since = performance.now();

  constructor(socket: Socket, rules: PlainRules, kept: string) {
    this.#socket = socket;
    this.#rules = rules;
    this.#replyRules = { kept, ended: this.#onEnded };
    socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('error', this.#onError)
      .on('close', this.#onClose);
  }

  /** Ends it when no request is in flight, nor the first one to be expected. What is left of the last answer still leaves. */
  closeIdle(): void {
    if (this.#reply !== null || !this.#socket.writable) return;
    const isNew = this.#requests === 0 && performance.now() - this.#since < LATE_MS;
    if (!isNew) this.#socket.destroySoon();
  }

  cut(): void {
    this.#socket.destroy();
  }

  tick(now: number): void {
    if (this.#reply !== null || !this.#socket.writable) return;
    // Whether the client reads its last answer fast enough is looked at elsewhere.
    if (this.#socket.writableLength > 0) this.#since = now;
    const { headerTimeMs, keepAliveMs } = this.#rules.limits;
    const idle = now - this.#since;
    if (this.#requests > 0) {
      if (keepAliveMs > 0 && idle >= keepAliveMs + LATE_MS) this.#socket.destroy();
    } else if (headerTimeMs > 0 && idle >= headerTimeMs) {
      this.#socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', 'latin1');
      this.#socket.destroySoon();
    }
  }

  readonly #onData = (chunk: Buffer): void => {
    // Behind the last answer: none could be sent to it.
    if (!this.#socket.writable) return;
    if (this.#reply !== null) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      if (this.#heldBytes > MOST_HELD || this.#held.length >= MOST_PIECES) this.#socket.pause();
      return;
    }
    const isShort =
      chunk.length <= Math.min(LONGEST, this.#rules.limits.headerBytes) &&
      !this.#rules.isForNode(this.#socket);
    const head = isShort ? readPlain(chunk.toString('latin1')) : null;
    if (head === null) {
      this.#give(chunk);
      return;
    }
    this.#requests += 1;
    const request = new PlainRequest(head, this.#socket);
    this.#reply = new PlainReply(request, this.#replyRules);
    this.#rules.take(request, this.#reply);
  };

  readonly #onEnded = (isKept: boolean): void => {
    this.#reply = null;
    this.#since = performance.now();
    if (!isKept) this.#socket.destroySoon();
    else if (this.#held.length > 0 && !this.#socket.destroyed) this.#give(Buffer.concat(this.#held));
  };

  /** A client that has ended its side gets no answer any more, as with Node's own server. */
  readonly #onEnd = (): void => {
    if (this.#reply === null) this.#socket.end();
    else this.#socket.destroy();
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#leave();
    this.#reply?.close();
  };

  #give(bytes: Buffer): void {
    this.#leave();
    const socket = this.#socket;
    socket.pause();
    socket.unshift(bytes);
    this.#rules.give(socket);
    socket.resume();
  }

  #leave(): void {
    this.#socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose);
    this.#rules.left(this);
  }
}
