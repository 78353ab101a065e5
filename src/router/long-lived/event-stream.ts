/** Where an event of an event stream ends: at a blank line, whichever line ends it has. Pure. */

const blank = /\r\n\r\n|\n\n|\r\r|\n\r\n/;
const atEnd = /(?:\r\n\r\n|\n\n|\r\r|\n\r\n)$/;

/** So many characters before a chunk may belong to the blank line in it. */
const TAIL = 3;

/** The end of what has passed, as far as it matters. */
const tailAfter = (tail: string, chunk: Buffer): string =>
  chunk.length > TAIL
    ? chunk.toString('latin1', chunk.length - TAIL - 1)
    : (tail + chunk.toString('latin1')).slice(-TAIL - 1);

/** Whether nothing of an event has passed yet. */
const isBetween = (tail: string): boolean => tail === '' || atEnd.test(tail);

/** How much of the chunk belongs to the event that had begun; -1: all of it, and more is to come. */
function restOfEvent(tail: string, chunk: Buffer): number {
  const before = tail.slice(-TAIL);
  const found = blank.exec(before + chunk.toString('latin1'));
  if (found === null) return -1;
  // It lies wholly before the chunk only where nothing had begun.
  return Math.max(0, found.index + found[0].length - before.length);
}

/** An event stream on its way, and how much of it may still pass once it has to end. */
export class EventStream {
  /** In a compressed one no event can be seen: each chunk counts as whole. */
  readonly #isClear: boolean;
  /** Whether it may end early: no length was promised. */
  readonly isEndable: boolean;
  #tail = '';
  #ending = false;
  #over = false;

  constructor(headers: readonly string[]) {
    this.#isClear = valueOf(headers, 'content-encoding') === null;
    this.isEndable = valueOf(headers, 'content-length') === null;
  }

  /** It is to end, and nothing more may pass. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Ends it with the event that has begun. */
  end(): void {
    this.#ending = true;
    this.#over = !this.#isClear || isBetween(this.#tail);
  }

  /** The part of the chunk that passes. */
  pass(chunk: Buffer): Buffer {
    if (this.#over) return chunk.subarray(0, 0);
    if (!this.#isClear) return chunk;
    const rest = this.#ending ? restOfEvent(this.#tail, chunk) : -1;
    this.#over = rest >= 0;
    if (rest >= 0) return chunk.subarray(0, rest);
    this.#tail = tailAfter(this.#tail, chunk);
    return chunk;
  }
}

/** Whether a response is an event stream, by its headers as they are passed on. */
export function isEventStream(headers: readonly string[]): boolean {
  const type = valueOf(headers, 'content-type');
  return type !== null && /^text\/event-stream\s*(;|$)/i.test(type);
}

/** The value of a header, null when there is none. */
function valueOf(headers: readonly string[], name: string): string | null {
  for (let i = 0; i < headers.length; i += 2) {
    const key = headers[i] ?? '';
    if (key.length === name.length && key.toLowerCase() === name) return headers[i + 1] ?? '';
  }
  return null;
}
