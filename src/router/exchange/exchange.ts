/**
 * One request on its way: to an instance, perhaps to another one, and the answer back. It is the pool's handler, so that
 * raw headers and chunks pass without a stream between them.
 */
import type { Dispatcher } from 'undici';
import { cut, finish, reset, tell, type Refusal } from './answer.ts';
import { Body } from './body.ts';
import { Pacer } from './client.ts';
import { giveCookie } from '../pick/cookie.ts';
import { countAnswer, type Counters } from '../fleet/counters.ts';
import { EventStream, isEventStream } from './events.ts';
import { tooLong } from './excess.ts';
import { codeOf, faultOf, mayRepeat, toldFor, type Phase } from '../fleet/fault.ts';
import type { Fleet, Member } from '../fleet/fleet.ts';
import { mayTrail, responseHeaders, wantsTrailers } from './headers.ts';
import type { Inbound, Reply } from './inbound.ts';
import { inform } from './inform.ts';
import type { Outgoing } from './outgoing.ts';
import { parcelFor, type Parcel } from './parcel.ts';
import { isSafe } from './target.ts';
import type { LongLived, Watch, Watched } from './watch.ts';

export class Exchange implements Dispatcher.DispatchHandler, Watched, LongLived {
  readonly #fleet: Fleet;
  readonly #watch: Watch;
  readonly #req: Inbound;
  readonly #res: Reply;
  readonly #out: Outgoing;
  readonly #since = performance.now();
  #member: Member;
  #phase: Phase = 'waiting';
  #tries = 1;
  #gone = false;
  #status = 0;
  #received = 0;
  /** The answer has no body whatever its headers say. */
  #bodiless = false;
  #body: Body | null = null;
  #events: EventStream | null = null;
  #parcel: Parcel | null = null;
  #pacer: Pacer | null = null;
  /** What the client is told when it has broken a rule of ours. */
  #refusal: Refusal | null = null;
  #abort: ((reason?: Error) => void) | null = null;
  #resume: (() => void) | null = null;

  constructor(fleet: Fleet, watch: Watch, member: Member, req: Inbound, res: Reply, out: Outgoing) {
    this.#fleet = fleet;
    this.#watch = watch;
    this.#member = member;
    this.#req = req;
    this.#res = res;
    this.#out = out;
    res.once('close', this.#onClientClose);
    watch.enter(this);
  }

  get member(): Member {
    return this.#member;
  }

  send(): void {
    this.#phase = 'waiting';
    const { path, headers } = this.#out;
    const method = this.#req.method as Dispatcher.HttpMethod;
    if (this.#out.body !== null)
      this.#body = new Body(this.#out.body, this.#watch.limits.bodyBytes, this.#onExcess);
    this.#member.upstream.pool.dispatch({ path, method, headers, body: this.#body }, this);
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
    if (this.#gone || this.#refusal !== null) return true;
    if (status < 200) {
      inform(this.#req, this.#res, status, raw);
      return true;
    }
    const { method } = this.#req;
    this.#bodiless = method === 'HEAD' || status === 204 || status === 304;
    this.#resume = resume;
    this.#status = status;
    const headers = responseHeaders(raw, !this.#bodiless && this.#wantsTrailers() && mayTrail(raw));
    if (this.#out.cookie !== null) giveCookie(headers, status, this.#out.cookie);
    this.#res.writeHead(status, /^[\t\x20-\x7e]*$/.test(reason) ? reason : '', headers);
    this.#phase = 'head';
    this.#fleet.answered(this.#member, status);
    if (!this.#bodiless && isEventStream(headers)) {
      this.#events = new EventStream(headers);
      // A client takes it as open from here on, also where the first event is far off.
      this.#res.flushHeaders();
      this.#watch.settle(this);
    } else this.#parcel = parcelFor(this.#res, headers);
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#gone) return true;
    this.#received += chunk.length;
    if (this.#parcel?.takes(chunk) === true) return true;
    const passing = this.#events === null ? chunk : this.#events.pass(chunk);
    const goesOn = this.#res.write(passing);
    if (this.#events?.isOver === true) this.cut();
    if (goesOn) return true;
    this.#res.once('drain', this.#onDrain);
    return false;
  }

  onComplete(trailers: readonly (Buffer | string)[] | null): void {
    this.#leave();
    if (this.#gone || this.#parcel?.post() === true) return;
    finish(this.#res, this.#wantsTrailers() ? trailers : null);
  }

  onError(error: Error): void {
    if (this.#phase === 'over') return;
    const phase = this.#phase;
    const code = codeOf(error);
    // What broke off on the client's side says nothing about the instance.
    this.#gone ||= this.#req.destroyed && !this.#req.complete;
    if (this.#gone || this.#refusal !== null) {
      this.#leave();
      if (this.#refusal !== null) tell(this.#res, this.#refusal);
      return;
    }
    if (phase === 'head') {
      if (!this.#bodiless) this.#counters.broken += 1;
      this.#leave(!this.#bodiless);
      // 304 may tell a length it does not have; the pool complains, the answer is whole.
      if (this.#bodiless) this.#res.end();
      else cut(this.#res);
      return;
    }
    const fault = faultOf(code, phase !== 'waiting');
    if (fault === 'gone') this.#fleet.ejected(this.#member);
    else if (fault === 'failed') this.#fleet.failed(this.#member);
    if (mayRepeat(code, phase, this.#isRepeatable) && this.#again(phase === 'sent')) return;
    if (code === 'UND_ERR_HEADERS_TIMEOUT') this.#counters.timeouts += 1;
    this.#leave();
    tell(this.#res, toldFor(code));
  }

  /** Somebody may be too slow. */
  tick(now: number): void {
    const [req, limits] = [this.#req, this.#watch.limits];
    if (this.#res.closed && (req.complete || req.destroyed)) {
      this.#watch.leave(this);
      return;
    }
    const answering = this.#phase === 'head' && this.#events === null && limits.quietMs > 0;
    this.#pacer ??= new Pacer(req, this.#res, limits);
    const late = this.#pacer.late(now, this.#body, answering ? this.#received : null);
    if (late === 'sending') this.#refuse({ status: 408, reason: 'the body came too slowly' });
    else if (late === 'answering') this.#abort?.(new Error('the instance paused too long'));
    else if (late !== null) reset(req.socket);
  }

  /** The event stream is to end for its client, at the end of an event. */
  close(): void {
    this.#events?.end();
    if (this.#events?.isOver === true) this.cut();
  }

  /** It ends now: cleanly, where no length was promised. */
  cut(): void {
    if (this.#phase === 'over') return;
    const abort = this.#abort;
    this.#leave();
    if (this.#events?.isEndable === true) this.#res.end();
    else cut(this.#res);
    abort?.(new Error('the stream has ended for its client'));
  }

  /** Tries one other instance; that one again when `same` and there is no other. */
  #again(same: boolean): boolean {
    const next = this.#tries > 1 ? null : this.#fleet.another(this.#member, same);
    if (next === null) return false;
    this.#counters.retried += 1;
    this.#fleet.leave(this.#member);
    this.#member = next;
    this.#tries += 1;
    this.#abort = null;
    this.send();
    return true;
  }

  /** The client has broken a rule of ours: the instance is rid of the request, the client is told why. */
  #refuse(refusal: Refusal): void {
    if (this.#refusal !== null || this.#phase === 'over') return;
    this.#refusal = refusal;
    this.#abort?.(new Error(refusal.reason));
  }

  /** Out of flight, counted once. */
  #leave(isBroken = false): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    const seconds = (performance.now() - this.#since) / 1000;
    const byClient = this.#gone || this.#refusal !== null;
    if (byClient && this.#status === 0) this.#counters.aborted += 1;
    else countAnswer(this.#counters, this.#status, this.#events !== null || isBroken ? null : seconds);
    if (this.#events !== null) this.#watch.unsettle(this);
    this.#fleet.leave(this.#member);
  }

  readonly #onClientClose = (): void => {
    // A client that still sends is watched until it has ended.
    if (this.#req.complete || this.#req.destroyed) this.#watch.leave(this);
    if (this.#phase === 'over') return;
    this.#gone = true;
    if (this.#abort === null) this.#leave();
    else this.#abort(new Error('the client went away'));
  };

  readonly #onDrain = (): void => {
    this.#resume?.();
  };

  readonly #onExcess = (): void => {
    this.#refuse(tooLong(this.#watch.limits));
  };

  get #counters(): Counters {
    return this.#out.forced ? this.#member.forced : this.#member.counters;
  }

  /** Whether it may be sent twice. */
  get #isRepeatable(): boolean {
    return isSafe(this.#req.method ?? '') && this.#out.body === null;
  }

  #wantsTrailers(): boolean {
    return wantsTrailers(this.#req.headers.te, this.#req.httpVersionMinor);
  }
}
