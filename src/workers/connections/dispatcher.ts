/**
 * Deals the connections of one socket to the workers: each goes to the one that holds the fewest. Left to themselves,
 * workers that accept from one socket take very unequal parts, down to none.
 */
import type { ToWorker } from './messages.ts';
import type { SocketHandle } from './sockets.ts';

interface DispatchTarget {
  readonly number: number;
  send(message: ToWorker, handle?: SocketHandle): void;
}

interface WorkerLoad {
  /** Connections that it holds, as it last said; of those dealt to it, how many it had taken then. */
  holds: number;
  taken: number;
  /** Dealt and not yet taken, oldest first: they are ours until it says so. */
  readonly dealt: SocketHandle[];
}

/** So many wait at the most while nobody serves; the next ones are closed. */
const MOST_WAITING = 2048;

export class Dispatcher {
  readonly #hands: () => readonly DispatchTarget[];
  readonly #holdings = new Map<number, WorkerLoad>();
  readonly #waiting: SocketHandle[] = [];
  #turn = 0;

  /** `hands`: those who serve now. */
  constructor(hands: () => readonly DispatchTarget[]) {
    this.#hands = hands;
  }

  /** Connections that nobody has taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  dispatch(connection: SocketHandle): void {
    const hand = this.#leastOf(this.#hands());
    if (hand === null) {
      if (this.#waiting.length < MOST_WAITING) this.#waiting.push(connection);
      else connection.close();
      return;
    }
    this.#of(hand.number).dealt.push(connection);
    hand.send({ kind: 'connection' }, connection);
  }

  /** A worker has taken so many in all, and holds so many. */
  took(number: number, taken: number, holds: number): void {
    const holding = this.#of(number);
    for (const connection of holding.dealt.splice(0, taken - holding.taken)) connection.close();
    Object.assign(holding, { taken, holds });
  }

  /** A worker serves: what waited is dealt. */
  flush(): void {
    for (const connection of this.#waiting.splice(0)) this.dispatch(connection);
  }

  /** A worker has ended: what it had not taken goes to others. */
  gone(number: number): void {
    const holding = this.#holdings.get(number);
    this.#holdings.delete(number);
    for (const connection of holding?.dealt ?? []) this.dispatch(connection);
  }

  /** Closes what nobody took. */
  end(): void {
    for (const connection of this.#waiting.splice(0)) connection.close();
  }

  /** Of several that hold the fewest the one whose turn it is. */
  #leastOf(hands: readonly DispatchTarget[]): DispatchTarget | null {
    let best: DispatchTarget | null = null;
    let least = Number.POSITIVE_INFINITY;
    this.#turn += 1;
    for (let at = 0; at < hands.length; at += 1) {
      const hand = hands[(at + this.#turn) % hands.length];
      if (hand === undefined) continue;
      const { holds, dealt } = this.#of(hand.number);
      if (holds + dealt.length < least) [best, least] = [hand, holds + dealt.length];
    }
    return best;
  }

  #of(number: number): WorkerLoad {
    const before = this.#holdings.get(number);
    if (before !== undefined) return before;
    const fresh: WorkerLoad = { holds: 0, taken: 0, dealt: [] };
    this.#holdings.set(number, fresh);
    return fresh;
  }
}
