/** The answer on its way to the client. */
import { cut, finish } from '../http/own-answer.ts';
import { EventStream, isEventStream } from '../long-lived/event-stream.ts';
import { responseHeaders, wantsTrailers } from '../http/headers.ts';
import type { Inbound, Outbound } from '../http/inbound.ts';
import { inform } from '../http/informational.ts';
import { responseBatchFor, type ResponseBatch } from './response-batch.ts';
import { giveCookie } from '../split/sticky-cookie.ts';
import type { AnswerHead } from '../../shared/http/answer-head.ts';
import type { Framing } from '../../shared/http/framing.ts';

export class Downstream {
  /** Bytes of the body that have come. */
  received = 0;
  /** Null: it is no event stream. */
  events: EventStream | null = null;
  readonly #res: Outbound;
  readonly #cookie: string | null;
  readonly #wantsTrailers: boolean;
  #parcel: ResponseBatch | null = null;

  /** `cookie`: a Set-Cookie header of ours. */
  constructor(req: Inbound, res: Outbound, cookie: string | null) {
    this.#res = res;
    this.#cookie = cookie;
    this.#wantsTrailers = wantsTrailers(req.headers.te, req.httpVersionMinor);
  }

  interim({ status, reason, headers }: AnswerHead): void {
    inform(this.#res, status, reason, responseHeaders(headers, null, false));
  }

  head({ status, reason, headers: raw }: AnswerHead, { body, length }: Framing): void {
    const trailers = body === 'chunked' && this.#wantsTrailers;
    // A length of nothing would make some clients wait for it.
    const headers = responseHeaders(raw, status === 204 ? null : length, trailers);
    if (this.#cookie !== null) giveCookie(headers, status, this.#cookie);
    this.#res.writeHead(status, reason, headers);
    if (body !== 'none' && isEventStream(headers)) {
      this.events = new EventStream(headers);
      // A client takes it as open from here on, also where the first event is far off.
      this.#res.flushHeaders();
    } else if (body === 'length') this.#parcel = responseBatchFor(this.#res, length ?? 0);
  }

  /** False: nothing more until `onDrain`. */
  data(chunk: Buffer, onDrain: () => void): boolean {
    this.received += chunk.length;
    if (this.#parcel?.takes(chunk) === true) return true;
    const goesOn = this.#res.write(this.events === null ? chunk : this.events.pass(chunk));
    if (!goesOn) this.#res.once('drain', onDrain);
    return goesOn;
  }

  end(trailers: readonly string[]): void {
    if (this.#parcel?.post() !== true) finish(this.#res, this.#wantsTrailers ? trailers : null);
  }

  /** It ends early: cleanly, where it may. */
  cut(): void {
    if (this.events?.isEndable === true) this.#res.end();
    else cut(this.#res);
  }
}
