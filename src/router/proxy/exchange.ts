/** One request on its way: to an instance, perhaps to another one, and the answer back. */
import { cut, reset, tell, type Refusal } from '../http/own-answer.ts';
import { Attempts } from './attempts.ts';
import { SlowClient } from '../limits/slow-client.ts';
import { Downstream } from './downstream.ts';
import { tooLong } from '../limits/size-limits.ts';
import type { Inbound, Outbound } from '../http/inbound.ts';
import type { Outgoing } from '../http/outgoing.ts';
import { isIdempotent } from '../http/target.ts';
import { uploadOf, type RequestUpload } from './upload.ts';
import type { LongLived, Timeouts, Watched } from '../long-lived/timeouts.ts';
import type { Fleet, FleetMember } from '../fleet/fleet.ts';
import { Flight } from '../fleet/flight.ts';
import type { AnswerHead } from '../../shared/http/answer-head.ts';
import type { UpstreamCall, CallConnection } from '../upstream/call.ts';
import { LATE, answerFor, type Failure } from '../upstream/failure.ts';
import type { Framing } from '../../shared/http/framing.ts';
import { requestHead } from '../upstream/request-head.ts';
import type { UpstreamSocket } from '../upstream/upstream-socket.ts';

const UNFIT: Refusal = { status: 400, reason: 'the request cannot be passed on' };

export class Exchange implements UpstreamCall, Watched, LongLived {
  readonly method: string;
  wantsNew = false;
  connection: CallConnection | null = null;
  readonly #fleet: Fleet;
  readonly #watch: Timeouts;
  readonly #req: Inbound;
  readonly #res: Outbound;
  readonly #out: Outgoing;
  readonly #down: Downstream;
  readonly #upload: RequestUpload | null;
  #flight: Flight;
  /** `head`: that of the answer has gone to the client. */
  #phase: 'asked' | 'head' | 'over' = 'asked';
  /** When the last byte went to the instance: its answer is due from then on. */
  #sentAt = 0;
  #attempts: Attempts | null = null;
  #byClient = false;
  #status = 0;
  #pacer: SlowClient | null = null;

  constructor(fleet: Fleet, watch: Timeouts, to: FleetMember, req: Inbound, res: Outbound, out: Outgoing) {
    this.#fleet = fleet;
    this.#watch = watch;
    this.#req = req;
    this.#res = res;
    this.#out = out;
    this.method = req.method ?? '';
    this.#flight = new Flight(fleet, to, out.forced);
    this.#down = new Downstream(req, res, out.cookie);
    this.#upload = uploadOf(out.body, {
      most: watch.limits.bodyBytes,
      isChunked: out.isChunked,
      isRepeatable: isIdempotent(this.method),
      onExcess: () => this.#refuse(tooLong(watch.limits)),
      onProgress: this.#onProgress,
    });
    res.once('close', this.#onClientClose);
    watch.enter(this);
  }

  get member(): FleetMember {
    return this.#flight.member;
  }

  get switches(): boolean {
    return this.#out.upgrade !== null;
  }

  send(): void {
    this.#onProgress();
    this.member.upstream.pool.ask(this);
  }

  onConnected(connection: CallConnection): void {
    const { host, port } = this.member.upstream;
    const head = requestHead(this.method, this.#out, `${host}:${port}`);
    if (head === null) {
      this.#refuse(UNFIT);
      return;
    }
    connection.write(head);
    if (this.#upload === null) connection.finish();
    else this.#upload.send(connection);
  }

  onWritable(): void {
    this.#upload?.resume();
  }

  onUnwritable(): void {
    this.#upload?.stop();
  }

  onInterim(head: AnswerHead): void {
    this.#onProgress();
    this.#down.interim(head);
  }

  onHead(head: AnswerHead, framing: Framing): void {
    this.#phase = 'head';
    this.#status = head.status;
    this.#fleet.answered(this.member, head.status);
    this.#upload?.onAnswer();
    this.#down.head(head, framing);
    if (this.#down.events !== null) this.#watch.settle(this);
  }

  onData(chunk: Buffer): boolean {
    const goesOn = this.#down.data(chunk, this.#onDrain);
    if (this.#down.events?.isOver === true) this.cut();
    return goesOn;
  }

  onEnd(trailers: readonly string[]): void {
    this.#leave();
    this.#down.end(trailers);
  }

  onSwitched(head: AnswerHead, socket: UpstreamSocket, first: Buffer): void {
    const { member } = this;
    this.#phase = 'head';
    this.#status = head.status;
    this.#watch.leave(this);
    this.#fleet.answered(member, head.status);
    this.#out.upgrade?.opened({ head, member, socket, first, over: () => this.#leave(false) });
  }

  onFailure(failure: Failure): void {
    this.connection = null;
    // What broke off on the client's side says nothing about the instance.
    this.#byClient ||= this.#req.destroyed && !this.#req.complete;
    if (this.#byClient) {
      this.#leave();
      return;
    }
    if (this.#phase === 'head') {
      this.#flight.counters.broken += 1;
      this.#leave(false);
      cut(this.#res);
      return;
    }
    if (this.#again(failure)) return;
    if (failure.kind === 'late') this.#flight.counters.timeouts += 1;
    const told = answerFor(failure);
    // It did answer: with something that is an error for whoever asked.
    if (failure.kind === 'refused') this.#status = told.status;
    this.#leave();
    tell(this.#res, told);
  }

  /** Somebody may be too slow. */
  tick(now: number): void {
    const [req, limits] = [this.#req, this.#watch.limits];
    if (this.#res.closed && (req.complete || req.destroyed)) {
      this.#watch.leave(this);
      return;
    }
    const isSending = this.#upload?.isWaiting === true;
    const answering = this.#phase === 'head' && this.#down.events === null && limits.quietMs > 0;
    this.#pacer ??= new SlowClient(req, this.#res, limits);
    const late = this.#pacer.late(now, isSending, answering ? this.#down.received : null);
    if (late === 'sending') this.#refuse({ status: 408, reason: 'the body came too slowly' });
    else if (late === 'reading' || late === 'lingering') reset(req.socket);
    else if (late === 'answering' || (!isSending && this.#isLate(now, limits.answerMs))) {
      this.#cancel();
      this.onFailure(LATE);
    }
  }

  /** The event stream is to end for its client, at the end of an event. */
  close(): void {
    const { events } = this.#down;
    events?.end();
    if (events?.isOver === true) this.cut();
  }

  /** It ends now. */
  cut(): void {
    if (this.#phase === 'over') return;
    this.#cancel();
    this.#leave();
    this.#down.cut();
  }

  /** The instance has failed it: another one may get it, or that one again. */
  #again(failure: Failure): boolean {
    const { member } = this;
    const now = performance.now();
    const attempts = (this.#attempts ??= new Attempts(now));
    attempts.add(member, failure);
    const body = { isIdempotent: isIdempotent(this.method), isWhole: this.#upload?.isWhole ?? true };
    const mayBeRepeated = attempts.allow(failure, now, body);
    const repeat = { failed: attempts.failed, mayBeRepeated, forced: this.#out.forced };
    const next = this.#fleet.failedBy(member, failure, repeat);
    if (next === null) return false;
    this.#upload?.hold();
    this.#flight.passOn();
    this.#flight = new Flight(this.#fleet, next, this.#out.forced);
    this.wantsNew = next === member;
    this.send();
    return true;
  }

  /** The client has broken a rule of ours: the instance is rid of the request, the client is told why. */
  #refuse(refusal: Refusal): void {
    if (this.#phase === 'over') return;
    this.#byClient = true;
    this.#cancel();
    this.#leave();
    tell(this.#res, refusal);
  }

  #cancel(): void {
    this.member.upstream.pool.cancel(this);
  }

  /** Out of flight, counted once. */
  #leave(isTimed = this.#down.events === null): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.connection = null;
    this.#upload?.drop();
    if (this.#down.events !== null) this.#watch.unsettle(this);
    this.#flight.end({ status: this.#status, byClient: this.#byClient, isTimed });
  }

  readonly #onClientClose = (): void => {
    // A client that still sends is watched until it has ended.
    if (this.#req.complete || this.#req.destroyed) this.#watch.leave(this);
    if (this.#phase === 'over' || this.#status === 101) return;
    this.#byClient = true;
    this.#cancel();
    this.#leave();
  };

  readonly #onDrain = (): void => {
    this.connection?.resume();
  };

  readonly #onProgress = (): void => {
    this.#sentAt = performance.now();
  };

  #isLate(now: number, answerMs: number): boolean {
    return this.#phase === 'asked' && answerMs > 0 && now - this.#sentAt >= answerMs;
  }
}
