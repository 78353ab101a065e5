/**
 * One request on its way: to an instance, perhaps to another one, and the answer back. It is the pool's handler, so that
 * raw headers and chunks pass without a stream between them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { answer, cut } from './answer.ts';
import { Body } from './body.ts';
import { countAnswer } from './counters.ts';
import type { Fleet, Member } from './fleet.ts';
import { responseHeaders, responseTrailers } from './headers.ts';
import { isGone } from './health.ts';
import { isSafe } from './target.ts';

export interface Outgoing {
  readonly path: string;
  readonly headers: string[];
  readonly body: boolean;
}

type Phase =
  /** No connection has taken the request yet: not a byte has left. */
  | 'waiting'
  /** The request is being sent. */
  | 'sent'
  /** A byte of the answer has come. */
  | 'started'
  /** The head has gone to the client. */
  | 'head'
  | 'over';

export class Exchange implements Dispatcher.DispatchHandler {
  readonly #fleet: Fleet;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #out: Outgoing;
  readonly #since = performance.now();
  #member: Member;
  #phase: Phase = 'waiting';
  #tries = 1;
  #gone = false;
  #status = 0;
  /** The answer has no body whatever its headers say. */
  #bodiless = false;
  #abort: ((reason?: Error) => void) | null = null;
  #resume: (() => void) | null = null;

  constructor(fleet: Fleet, member: Member, req: IncomingMessage, res: ServerResponse, out: Outgoing) {
    this.#fleet = fleet;
    this.#member = member;
    this.#req = req;
    this.#res = res;
    this.#out = out;
    res.once('close', this.#onClientClose);
  }

  send(): void {
    this.#phase = 'waiting';
    const { path, headers, body } = this.#out;
    const method = this.#req.method as Dispatcher.HttpMethod;
    this.#member.upstream.pool.dispatch(
      { path, method, headers, body: body ? new Body(this.#req) : null },
      this,
    );
  }

  onConnect(abort: (reason?: Error) => void): void {
    if (this.#gone) {
      abort();
      return;
    }
    this.#abort = abort;
    this.#phase = 'sent';
  }

  onResponseStarted(): void {
    if (this.#phase === 'sent') this.#phase = 'started';
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, reason: string): boolean {
    if (this.#gone) return true;
    if (status < 200) {
      this.#inform(status, raw);
      return true;
    }
    const req = this.#req;
    this.#bodiless = req.method === 'HEAD' || status === 204 || status === 304;
    this.#resume = resume;
    this.#status = status;
    const headers = responseHeaders(raw, this.#mayTrail(raw));
    this.#res.writeHead(status, /^[\t\x20-\x7e]*$/.test(reason) ? reason : '', headers);
    this.#phase = 'head';
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#gone || this.#res.write(chunk)) return true;
    this.#res.once('drain', this.#onDrain);
    return false;
  }

  onComplete(trailers: readonly (Buffer | string)[] | null): void {
    this.#leave();
    if (this.#gone) return;
    // What throws here would leave the client waiting for an end.
    try {
      this.#finish(trailers);
    } catch {
      cut(this.#res);
    }
  }

  #finish(trailers: readonly (Buffer | string)[] | null): void {
    if (trailers !== null && trailers.length > 0 && this.#wantsTrailers())
      this.#res.addTrailers(responseTrailers(trailers));
    this.#res.end();
  }

  onError(error: Error): void {
    if (this.#phase === 'over') return;
    const phase = this.#phase;
    if (phase === 'waiting' && !this.#gone && isGone(codeOf(error))) this.#fleet.ejected(this.#member);
    if (this.#gone || phase === 'head') {
      this.#leave();
      if (this.#gone) return;
      // 304 may tell a length it does not have; the pool complains, the answer is whole.
      if (this.#bodiless) this.#res.end();
      else cut(this.#res);
      return;
    }
    if (this.#again(phase, codeOf(error))) return;
    this.#leave();
    this.#refuse(error);
  }

  /** Tries one other instance when that is safe: nothing was sent, or a safe request died before the first byte. */
  #again(phase: Phase, code: string): boolean {
    const unsent =
      phase === 'waiting' && !code.startsWith('UND_ERR_INVALID') && code !== 'UND_ERR_NOT_SUPPORTED';
    const safe =
      phase === 'sent' &&
      isSafe(this.#req.method ?? '') &&
      !this.#out.body &&
      code !== 'UND_ERR_HEADERS_TIMEOUT';
    if (this.#tries > 1 || !(unsent || safe)) return false;
    const next = this.#fleet.another(this.#member, phase === 'sent');
    if (next === null) return false;
    this.#member.counters.retried += 1;
    this.#fleet.leave(this.#member);
    this.#member = next;
    this.#tries += 1;
    this.#abort = null;
    this.send();
    return true;
  }

  #refuse(error: Error): void {
    const code = codeOf(error);
    if (code.startsWith('UND_ERR_INVALID') || code === 'UND_ERR_NOT_SUPPORTED')
      answer(this.#res, 400, '400 the request cannot be passed on');
    else if (code === 'UND_ERR_HEADERS_TIMEOUT')
      answer(this.#res, 504, '504 the instance did not answer in time');
    else answer(this.#res, 502, '502 the instance did not answer');
  }

  /** Out of flight, counted once. */
  #leave(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    const seconds = (performance.now() - this.#since) / 1000;
    if (this.#gone && this.#status === 0) this.#member.counters.aborted += 1;
    else countAnswer(this.#member.counters, this.#status, seconds);
    this.#fleet.leave(this.#member);
  }

  readonly #onClientClose = (): void => {
    if (this.#phase === 'over') return;
    this.#gone = true;
    if (this.#abort === null) this.#leave();
    else this.#abort(new Error('the client went away'));
  };

  readonly #onDrain = (): void => {
    this.#resume?.();
  };

  #inform(status: number, raw: readonly Buffer[]): void {
    if (this.#req.httpVersionMinor === 0) return;
    if (status === 102) this.#res.writeProcessing();
    if (status !== 103) return;
    const headers = responseHeaders(raw, false);
    const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'link');
    const link = headers[at + 1];
    if (at >= 0 && link !== undefined && /^<[^<>\s]+>(\s*;\s*[\w-]+(=("[^"]*"|[\w-]+))?)*$/.test(link))
      this.#res.writeEarlyHints({ link });
  }

  #mayTrail(raw: readonly Buffer[]): boolean {
    if (this.#bodiless || !this.#wantsTrailers()) return false;
    return !raw.some(
      (name, index) => index % 2 === 0 && name.toString('latin1').toLowerCase() === 'content-length',
    );
  }

  #wantsTrailers(): boolean {
    const te = this.#req.headers.te;
    return (
      te !== undefined && this.#req.httpVersionMinor === 1 && String(te).toLowerCase().includes('trailers')
    );
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
