/** One connection to an instance: a request at a time goes out, and its answer comes in. */
import type { AnswerHead } from '../../shared/http/answer-head.ts';
import { AnswerReader, type AnswerHearer } from '../../shared/http/answer-reader.ts';
import type { UpstreamCall, CallConnection } from './call.ts';
import { codeOf, type FailureKind } from './failure.ts';
import { KEEP_MS, type Framing } from '../../shared/http/framing.ts';
import { UpstreamSocket, type UpstreamAddress } from './upstream-socket.ts';
import { messageOf } from '../../shared/text/thrown.ts';

/** Whoever keeps the connections. */
export interface Keeper {
  /** It may be used for another request, until `usableUntil`. */
  onFree(connection: UpstreamConnection): void;
  /** It is gone, or somebody else's. */
  onGone(connection: UpstreamConnection): void;
}

const CONNECT_MS = 3000;
/** So that an instance which vanished without a word does not hold an event stream for ever. */
const PROBE_MS = 60_000;

/** All connections read into this: what comes is dealt with at once, and what is kept of it is copied. */
const shared = Buffer.allocUnsafeSlow(64 * 1024);

export class UpstreamConnection implements AnswerHearer, CallConnection {
  /** By the clock of `performance.now()`, once it is free. */
  usableUntil = 0;
  readonly #keeper: Keeper;
  readonly #socket: UpstreamSocket;
  readonly #reader = new AnswerReader(this);
  /** It serves one request, which may take it over. */
  readonly #isLone: boolean;
  #call: UpstreamCall | null;
  #state: 'connecting' | 'free' | 'busy' | 'closed' = 'connecting';
  #hasBegun = false;
  /** A part of the request is still to be written. */
  #isSending = false;
  #switched: AnswerHead | null = null;
  #timer: NodeJS.Timeout | null;

  /** It is opened for this request. */
  constructor(address: UpstreamAddress, keeper: Keeper, call: UpstreamCall) {
    this.#keeper = keeper;
    this.#call = call;
    this.#isLone = call.switches;
    const onread = {
      buffer: shared,
      callback: (count: number) => this.#onRead(shared.subarray(0, count)),
    };
    // What switches is handed on as a stream.
    this.#socket = new UpstreamSocket(call.switches ? null : onread);
    if (call.switches) this.#socket.on('data', this.#onRead);
    this.#socket
      .once('connect', this.#onConnect)
      .on('drain', this.#onDrain)
      .on('end', this.#onSocketEnd)
      .on('error', this.#onError)
      .on('close', this.#onClose);
    this.#socket.onUnwritable = () => this.#call?.onUnwritable();
    this.#timer = setTimeout(() => this.#fail('ETIMEDOUT'), CONNECT_MS);
    this.#socket.connect(address);
  }

  /** Takes another request; `start` sends it. */
  take(call: UpstreamCall): void {
    this.#call = call;
  }

  /** Sends the request that it has taken; false: it cannot, because it has ended meanwhile. */
  start(): boolean {
    if (this.#state === 'closed') return false;
    if (this.#call === null) this.#keeper.onFree(this);
    else this.#begin(this.#call);
    return true;
  }

  write(bytes: string | Buffer): boolean {
    return this.#socket.send(bytes);
  }

  writeChunk(bytes: Buffer): boolean {
    return this.#socket.sendChunk(bytes);
  }

  finish(): void {
    this.#isSending = false;
  }

  resume(): void {
    this.#socket.resume();
  }

  cancel(): void {
    this.#call = null;
    if (this.#state === 'busy' || this.#isLone) this.destroy();
  }

  destroy(): void {
    this.#leave();
    this.#socket.destroy();
  }

  onInterim(head: AnswerHead): void {
    this.#call?.onInterim(head);
  }

  onHead(head: AnswerHead, framing: Framing): void {
    this.#call?.onHead(head, framing);
  }

  onData(chunk: Buffer): void {
    if (this.#call?.onData(chunk) === false) this.#socket.pause();
  }

  onEnd(trailers: readonly string[]): void {
    const call = this.#call;
    this.#call = null;
    call?.onEnd(trailers);
  }

  onSwitched(head: AnswerHead): void {
    this.#switched = head;
  }

  onRefused(reason: string): void {
    this.#failAs('refused', '', reason);
  }

  #begin(call: UpstreamCall): void {
    this.#state = 'busy';
    this.#hasBegun = false;
    this.#isSending = true;
    this.#reader.begin(call.method, call.switches);
    call.onConnected(this);
  }

  readonly #onConnect = (): void => {
    this.#clearTimer();
    this.#socket.setNoDelay(true).setKeepAlive(true, PROBE_MS);
    if (this.#call !== null) this.#begin(this.#call);
    else this.#free(KEEP_MS);
  };

  readonly #onRead = (bytes: Buffer): boolean => {
    if (this.#state !== 'busy') {
      // Nobody has asked for that: whatever it is, it is no answer to the next request.
      this.destroy();
      return true;
    }
    this.#hasBegun = true;
    const used = this.#readOn(bytes);
    if (this.#switched !== null) this.#handOver(this.#switched, bytes.subarray(used));
    else if (this.#reader.isOver && this.#state === 'busy')
      this.#free(used === bytes.length ? this.#reader.keepMs : 0);
    return true;
  };

  /** What whoever hears it did not expect costs this request only. */
  #readOn(bytes: Buffer): number {
    try {
      return this.#reader.push(bytes);
    } catch (error) {
      this.#failAs('refused', codeOf(error), `it could not be dealt with (${messageOf(error)})`);
      return bytes.length;
    }
  }

  /** Another request may use it for so long, unless something of the last one is left. */
  #free(keepMs: number): void {
    const socket = this.#socket;
    if (keepMs === 0 || this.#isSending || socket.writableLength > 0 || socket.writeError !== null) {
      this.destroy();
      return;
    }
    // Whoever had it may have wanted no more of the answer for now.
    if (socket.isPaused()) socket.resume();
    this.#state = 'free';
    this.usableUntil = performance.now() + keepMs;
    this.#keeper.onFree(this);
  }

  #handOver(head: AnswerHead, rest: Buffer): void {
    const call = this.#call;
    const first = Buffer.from(rest);
    this.#call = null;
    this.#leave();
    this.#socket
      .off('data', this.#onRead)
      .off('drain', this.#onDrain)
      .off('end', this.#onSocketEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose);
    this.#socket.handOver();
    if (call === null) this.#socket.destroy();
    else call.onSwitched(head, this.#socket, first);
  }

  readonly #onDrain = (): void => {
    this.#call?.onWritable();
  };

  readonly #onSocketEnd = (): void => {
    if (this.#state !== 'busy') this.destroy();
    else if (this.#reader.endsByClose) this.#socket.checkEnd(this.#endByClose);
    else this.#fail('');
  };

  /** The end of an answer that has no other end. */
  readonly #endByClose = (isReset: boolean): void => {
    if (this.#state !== 'busy') return;
    if (isReset) this.#fail('ECONNRESET');
    else {
      this.#reader.end();
      this.destroy();
    }
  };

  readonly #onError = (error: Error): void => {
    this.#fail(codeOf(error));
  };

  readonly #onClose = (): void => {
    this.#fail('');
  };

  #fail(code: string): void {
    this.#failAs(this.#state === 'connecting' ? 'unsent' : this.#hasBegun ? 'torn' : 'unanswered', code, '');
  }

  #failAs(kind: FailureKind, code: string, reason: string): void {
    if (this.#state === 'closed') return;
    const call = this.#state === 'free' ? null : this.#call;
    if (call !== null) this.#call = null;
    this.destroy();
    call?.onFailure({ kind, code, reason });
  }

  #leave(): void {
    if (this.#state === 'closed') return;
    this.#clearTimer();
    this.#state = 'closed';
    this.#reader.stop();
    this.#keeper.onGone(this);
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
