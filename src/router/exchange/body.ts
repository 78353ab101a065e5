/** The client's request body as the pool reads it. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * A stream of its own around the request: when the instance answers early the pool destroys the body, and that must not
 * destroy the client's connection with the answer still on it. The request is not touched before the first read, so a body
 * that was never asked for can be offered to another instance.
 */
export class Body extends Readable {
  readonly #request: IncomingMessage;
  readonly #limit: number;
  readonly #onExcess: () => void;
  #begun = false;
  #length = 0;

  /** `limit` in bytes, 0: any; `onExcess` is called when it is longer, before it breaks. */
  constructor(request: IncomingMessage, limit: number, onExcess: () => void) {
    super();
    this.#request = request;
    this.#limit = limit;
    this.#onExcess = onExcess;
  }

  /** Whether more is wanted of the client now. */
  get isWaiting(): boolean {
    return this.#begun && !this.destroyed && !this.#request.isPaused() && !this.#request.complete;
  }

  override _read(): void {
    if (this.#begun) {
      this.#request.resume();
      return;
    }
    this.#begun = true;
    this.#request.on('data', this.#onData).once('end', this.#onEnd).once('close', this.#onClose);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    // What is left is read and dropped, or the next request on this connection would never be reached.
    if (this.#begun && !this.#request.destroyed) this.#request.resume();
    done(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#length += chunk.length;
    if (this.#limit > 0 && this.#length > this.#limit) {
      this.#onExcess();
      this.destroy(new Error('the body is too long'));
    } else if (!this.push(chunk)) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };

  readonly #onClose = (): void => {
    if (!this.#request.readableEnded) this.destroy(new Error('the client went away while it was sending'));
  };
}
