/**
 * Small answers that came in one piece leave together, at the end of a turn of the event loop: a client, or a network card,
 * that is woken for each of them costs more than all the rest of the work. None waits for anything else.
 */
import { finish } from '../http/own-answer.ts';
import type { Outbound } from '../http/inbound.ts';

/** Bytes of a body; larger ones are passed on as they come. */
const SMALL = 16 * 1024;
/** So many are not kept for more to come. */
const MANY = 8;

const waiting: ResponseBatch[] = [];

export class ResponseBatch {
  readonly #res: Outbound;
  readonly #length: number;
  #body: Buffer | null = null;

  /** `length`: of the body, as its headers tell. */
  constructor(res: Outbound, length: number) {
    this.#res = res;
    this.#length = length;
  }

  /** Keeps the whole body back until it is posted; false when this is only a part of it. */
  takes(chunk: Buffer): boolean {
    if (this.#body === null && chunk.length === this.#length) {
      this.#body = chunk;
      return true;
    }
    // More than was told: whoever reads it decides, but nothing changes its place.
    if (this.#body !== null) this.#res.write(this.#body);
    this.#body = null;
    return false;
  }

  /** Ends the answer in a moment; false when it has kept nothing. */
  post(): boolean {
    if (this.#body === null) return false;
    waiting.push(this);
    if (waiting.length >= MANY) sendAll();
    else if (waiting.length === 1) setImmediate(sendAll);
    return true;
  }

  send(): void {
    if (this.#body !== null && !this.#res.destroyed) finish(this.#res, null, this.#body);
  }
}

/** For an answer whose body is so long; null when it is none for a parcel. */
export const responseBatchFor = (res: Outbound, length: number): ResponseBatch | null =>
  length > 0 && length <= SMALL ? new ResponseBatch(res, length) : null;

function sendAll(): void {
  for (const one of waiting.splice(0)) one.send();
}
