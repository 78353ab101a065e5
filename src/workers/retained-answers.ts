/** What workers have last said to one question: it outlives them, so that what they have counted is not lost. */
import type { WorkerAnswer } from './connections/messages.ts';
import type { WorkerHandle } from './worker-handle.ts';

export interface RetainedQuestion {
  readonly what: string;
  /** Puts the answer of a worker that has ended to what is kept; null: nothing yet. */
  readonly fold: (kept: unknown, last: unknown) => unknown;
}

export class RetainedAnswers {
  readonly #keep: RetainedQuestion;
  #kept: unknown = null;

  constructor(keep: RetainedQuestion) {
    this.#keep = keep;
  }

  /** One answer more, for whoever asks. */
  answer(what: string): WorkerAnswer | null {
    return what === this.#keep.what && this.#kept !== null ? { from: 0, body: this.#kept } : null;
  }

  record(member: WorkerHandle | undefined, what: string, body: unknown): void {
    if (what === this.#keep.what && member !== undefined && body !== null) member.said = body;
  }

  /** What a worker last said to that question; null: nothing, or another question. */
  lastOf({ said }: WorkerHandle, what: string): unknown {
    return what === this.#keep.what ? said : null;
  }

  ended({ said }: WorkerHandle): void {
    if (said !== null) this.#kept = this.#keep.fold(this.#kept, said);
  }
}
