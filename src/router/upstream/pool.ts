/**
 * The connections to one instance. What goes in is a request (call.ts), what comes out are the parts of its answer, or why
 * there is none. Nothing is sent twice here: whether a request is repeated is decided by whoever asks.
 */
import type { UpstreamCall } from './call.ts';
import { UpstreamConnection, type Keeper } from './connection.ts';
import type { UpstreamAddress } from './upstream-socket.ts';

/** Requests beyond so many at a time wait. */
const MOST_CONNECTIONS = 1024;
const SWEEP_MS = 250;

/** Those that have taken a request in this turn of the event loop, each with its pool. */
let due: (readonly [UpstreamConnection, UpstreamCall, Pool])[] = [];

/**
 * A connection that was idle is used at the end of the turn, when the loop has seen what came over it meanwhile: its end, or
 * an answer that nobody asked for and that must not be taken for the next one (GHSA-35p6-xmwp-9g52).
 */
function atTurnEnd(connection: UpstreamConnection, call: UpstreamCall, pool: Pool): void {
  connection.take(call);
  due.push([connection, call, pool]);
  if (due.length === 1) setImmediate(startAll);
}

function startAll(): void {
  const all = due;
  due = [];
  for (const [connection, call, pool] of all) if (!connection.start()) pool.askAgain(call, connection);
}

export class Pool implements Keeper {
  readonly #address: UpstreamAddress;
  readonly #open = new Set<UpstreamConnection>();
  /** The one that was used last is the first to be used again. */
  readonly #idle: UpstreamConnection[] = [];
  readonly #waiting: UpstreamCall[] = [];
  #sweeper: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(address: UpstreamAddress) {
    this.#address = address;
  }

  ask(call: UpstreamCall): void {
    const connection = call.wantsNew || call.switches ? null : this.#idleOne();
    if (connection !== null) {
      call.connection = connection;
      atTurnEnd(connection, call, this);
    } else if (this.#open.size < MOST_CONNECTIONS || call.switches) {
      const fresh = new UpstreamConnection(this.#address, this, call);
      call.connection = fresh;
      this.#open.add(fresh);
    } else this.#waiting.push(call);
  }

  /** Its connection ended before anything was sent. */
  askAgain(call: UpstreamCall, connection: UpstreamConnection): void {
    if (call.connection !== connection) return;
    call.connection = null;
    this.ask(call);
  }

  /** Whoever asked does not want it any more, and hears nothing of it from here on. */
  cancel(call: UpstreamCall): void {
    const { connection } = call;
    call.connection = null;
    if (connection !== null) {
      connection.cancel();
      return;
    }
    const at = this.#waiting.indexOf(call);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** Keeps nothing any more; what is on its way is finished. */
  close(): void {
    this.#isClosed = true;
    for (const one of this.#idle.splice(0)) one.destroy();
  }

  destroy(): void {
    this.close();
    for (const one of [...this.#open]) one.destroy();
  }

  onFree(connection: UpstreamConnection): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.connection = connection;
      atTurnEnd(connection, next, this);
    } else if (this.#isClosed) connection.destroy();
    else {
      this.#idle.push(connection);
      this.#sweeper ??= setInterval(this.#sweep, SWEEP_MS).unref();
    }
  }

  onGone(connection: UpstreamConnection): void {
    this.#open.delete(connection);
    const at = this.#idle.lastIndexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    const next = this.#waiting.shift();
    if (next !== undefined) this.ask(next);
  }

  #idleOne(): UpstreamConnection | null {
    const one = this.#idle.pop();
    if (one === undefined || performance.now() < one.usableUntil) return one ?? null;
    one.destroy();
    return this.#idleOne();
  }

  readonly #sweep = (): void => {
    const now = performance.now();
    for (const one of this.#idle.filter(({ usableUntil }) => usableUntil <= now)) one.destroy();
    if (this.#idle.length > 0 || this.#sweeper === null) return;
    clearInterval(this.#sweeper);
    this.#sweeper = null;
  };
}
