/** What workers have last said to one question: it outlives them, so that what they have counted is not lost. */
import type { Answer } from './messages.ts';
import type { Member } from './member.ts';

export interface Keep {
  readonly what: string;
  /** Puts the answer of a worker that has ended to what is kept; null: nothing yet. */
  readonly fold: (kept: unknown, last: unknown) => unknown;
}

export class Kept {
  readonly #keep: Keep;
  #kept: unknown = null;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  /** One answer more, for whoever asks. */
  answer(what: string): Answer | null {
    return what === this.#keep.what && this.#kept !== null ? { from: 0, body: this.#kept } : null;
  }

  heard(member: Member | undefined, what: string, body: unknown): void {
    if (what === this.#keep.what && member !== undefined && body !== null) member.said = body;
  }

  /** What a worker last said to that question; null: nothing, or another question. */
  lastOf({ said }: Member, what: string): unknown {
    return what === this.#keep.what ? said : null;
  }

  ended({ said }: Member): void {
    if (said !== null) this.#kept = this.#keep.fold(this.#kept, said);
  }
}
