/** Passes the questions of a worker on to all others and their answers back. */
import type { WorkerAnswer, ToPrimary, ToWorker } from './connections/messages.ts';

type RelayedQuestion = Extract<ToPrimary, { kind: 'ask' }>;

interface RelayPeer {
  readonly number: number;
  send(message: ToWorker): void;
}

interface OpenQuestion {
  readonly from: RelayPeer;
  readonly id: number;
  readonly what: string;
  readonly waiting: Set<number>;
  readonly answers: WorkerAnswer[];
  readonly timer: NodeJS.Timeout;
}

interface RelayLimits {
  /** Whoever has not answered by then is left out. */
  readonly answerMs: number;
  /** Whoever has not answered by then, and was insisted upon, is killed. */
  readonly insistMs: number;
}

export class Relay {
  readonly #open = new Map<number, OpenQuestion>();
  readonly #limits: RelayLimits;
  readonly #kill: (number: number) => void;
  readonly #kept: (what: string) => WorkerAnswer | null;
  readonly #heard: (number: number, what: string, body: unknown) => void;
  #next = 1;

  /** `kept`: one answer more, of those that have ended. `heard`: every answer, and what an asker said of itself. */
  constructor(
    limits: RelayLimits,
    on: {
      readonly kill: (number: number) => void;
      readonly kept: (what: string) => WorkerAnswer | null;
      readonly heard: (number: number, what: string, body: unknown) => void;
    },
  ) {
    this.#limits = limits;
    this.#kill = on.kill;
    this.#kept = on.kept;
    this.#heard = on.heard;
  }

  ask(from: RelayPeer, { id, what, body, insist }: RelayedQuestion, others: readonly RelayPeer[]): void {
    this.#heard(from.number, what, body);
    const own = this.#next;
    this.#next += 1;
    const kept = this.#kept(what);
    const waiting = new Set(others.map(({ number }) => number));
    const late = (): void => (insist ? waiting.forEach((number) => this.#kill(number)) : this.#close(own));
    const timer = setTimeout(late, insist ? this.#limits.insistMs : this.#limits.answerMs);
    this.#open.set(own, { from, id, what, waiting, answers: kept === null ? [] : [kept], timer });
    for (const other of others) other.send({ kind: 'asked', id: own, what, body });
    if (waiting.size === 0) this.#close(own);
  }

  answered(number: number, id: number, body: unknown): void {
    const open = this.#open.get(id);
    if (open === undefined || !open.waiting.delete(number)) return;
    open.answers.push({ from: number, body });
    this.#heard(number, open.what, body);
    if (open.waiting.size === 0) this.#close(id);
  }

  /** A worker has ended: nobody waits for it any more. What it last said to a question that is open stands for its answer. */
  gone(number: number, last: (what: string) => unknown): void {
    for (const [id, open] of [...this.#open]) {
      if (open.from.number === number) this.#close(id);
      if (!open.waiting.delete(number)) continue;
      const body = last(open.what);
      if (body !== null) open.answers.push({ from: number, body });
      if (open.waiting.size === 0) this.#close(id);
    }
  }

  #close(id: number): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    clearTimeout(open.timer);
    open.from.send({ kind: 'answers', id: open.id, answers: open.answers });
  }
}
