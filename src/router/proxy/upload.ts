/** The body of a client's request on its way to an instance, and to another one when it has to be repeated. */
import type { IncomingMessage } from 'node:http';
import type { CallConnection } from '../upstream/call.ts';

/** So much of a body is kept, so that it can be sent again. */
const MOST_KEPT = 64 * 1024;

interface UploadRules {
  /** Bytes; 0: any. */
  readonly most: number;
  /** It has no length. */
  readonly isChunked: boolean;
  /** It may be sent twice. */
  readonly isRepeatable: boolean;
  /** It is longer than that. */
  readonly onExcess: () => void;
  /** A part of it has gone to the instance. */
  readonly onProgress: () => void;
}

/** Null: there is no body. */
export const uploadOf = (body: IncomingMessage | null, rules: UploadRules): RequestUpload | null =>
  body === null ? null : new RequestUpload(body, rules);

export class RequestUpload {
  readonly #request: IncomingMessage;
  readonly #rules: UploadRules;
  #connection: CallConnection | null = null;
  /** What was sent so far; null: it cannot be sent again. */
  #kept: Buffer[] | null;
  #length = 0;
  #state: 'new' | 'begun' | 'whole' | 'dropped' = 'new';

  /** The request is not touched before it is sent for the first time. */
  constructor(request: IncomingMessage, rules: UploadRules) {
    this.#request = request;
    this.#rules = rules;
    this.#kept = rules.isRepeatable ? [] : null;
  }

  /** Whether more is wanted of the client now. */
  get isWaiting(): boolean {
    return this.#state === 'begun' && this.#connection !== null && !this.#request.isPaused();
  }

  /** Whether all of it can be sent to another instance. */
  get isWhole(): boolean {
    return this.#state === 'new' || (this.#state !== 'dropped' && this.#kept !== null);
  }

  /** Sends it behind a head that was just sent. */
  send(connection: CallConnection): void {
    this.#connection = connection;
    if (this.#state === 'new') {
      this.#state = 'begun';
      this.#request.on('data', this.#onData).once('end', this.#onEnd);
      return;
    }
    let goesOn = true;
    for (const chunk of this.#kept ?? []) goesOn = this.#pass(chunk);
    if (this.#state === 'whole') this.#finish();
    else if (goesOn) this.#request.resume();
  }

  /** The connection takes more again. */
  resume(): void {
    if (this.#state === 'begun') this.#request.resume();
  }

  /** Nobody reads on. An answer may come all the same; if none does it may be sent to another instance. */
  stop(): void {
    if (this.#kept === null) this.drop();
    else this.hold();
  }

  /** It is not sent again. */
  onAnswer(): void {
    this.#kept = null;
    if (this.#connection === null) this.drop();
  }

  /** Its connection is gone; perhaps there is another one soon. */
  hold(): void {
    this.#connection = null;
    if (this.#state === 'begun') this.#request.pause();
  }

  /** Nobody wants it any more: the rest is read and dropped, or the next request on this connection would never be reached. */
  drop(): void {
    const isOpen = this.#state === 'begun';
    this.#connection = null;
    this.#kept = null;
    this.#state = 'dropped';
    if (!isOpen) return;
    this.#request.off('data', this.#onData).off('end', this.#onEnd);
    if (!this.#request.destroyed) this.#request.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#length += chunk.length;
    if (this.#rules.most > 0 && this.#length > this.#rules.most) {
      this.#rules.onExcess();
      return;
    }
    if (this.#length > MOST_KEPT) this.#kept = null;
    this.#kept?.push(chunk);
    // Within that it may have come out that nobody reads on.
    if (!this.#pass(chunk) && this.isWaiting) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    this.#state = 'whole';
    this.#finish();
  };

  #pass(chunk: Buffer): boolean {
    this.#rules.onProgress();
    if (this.#connection === null) return false;
    return this.#rules.isChunked ? this.#connection.writeChunk(chunk) : this.#connection.write(chunk);
  }

  #finish(): void {
    if (this.#rules.isChunked) this.#connection?.write('0\r\n\r\n');
    this.#connection?.finish();
    this.#rules.onProgress();
  }
}
