/** What a command has printed on one stream, without what a login shell printed before it or after it. */
import { marks } from '../../commands/core/transport.ts';

interface BetweenMarks {
  add(chunk: Buffer): void;
  /** Hands on what was held back because it might have been the beginning of the last line. */
  flush(): void;
  readonly begun: boolean;
  /** The code that the command ended with; null while its last line has not come. */
  readonly code: number | null;
  /** The end of what came before the command, for people. */
  readonly before: string;
}

/** Of what comes before the command so much is kept. */
const keptBefore = 4096;
const none = Buffer.alloc(0);

/** `take` gets each piece as soon as it cannot be the beginning of the last line. */
export function betweenMarks(token: string, take: (chunk: Buffer) => void): BetweenMarks {
  const begin = Buffer.from(marks(token).begin);
  const end = Buffer.from(marks(token).end);
  let held: Buffer = none;
  let begun = false;
  let code: number | null = null;
  const give = (chunk: Buffer): void => {
    if (chunk.length > 0) take(chunk);
  };
  const within = (data: Buffer): void => {
    let from = 0;
    for (;;) {
      const at = data.indexOf(end, from);
      if (at < 0) break;
      const found = /^(\d{1,3})(\n|$)/.exec(data.toString('latin1', at + end.length, at + end.length + 4));
      if (found?.[2] === '\n') {
        give(data.subarray(0, at));
        code = Number(found[1]);
        held = none;
        return;
      }
      if (at + end.length + 4 > data.length) return hold(data, at);
      from = at + 1;
    }
    hold(data, data.length - partAtEnd(data, end));
  };
  const hold = (data: Buffer, at: number): void => {
    give(data.subarray(0, at));
    held = data.subarray(at);
  };
  return {
    add(chunk) {
      if (code !== null) return;
      const data = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
      held = none;
      if (begun) return within(data);
      const at = data.indexOf(begin);
      if (at < 0) {
        held = data.subarray(-keptBefore);
        return;
      }
      begun = true;
      within(data.subarray(at + begin.length));
    },
    flush() {
      if (!begun) return;
      give(held);
      held = none;
    },
    get begun() {
      return begun;
    },
    get code() {
      return code;
    },
    get before() {
      return begun ? '' : held.toString('utf8');
    },
  };
}

/** How many of the last bytes are the first ones of `mark`. */
function partAtEnd(data: Buffer, mark: Buffer): number {
  for (let size = Math.min(mark.length - 1, data.length); size > 0; size -= 1)
    if (data.subarray(data.length - size).equals(mark.subarray(0, size))) return size;
  return 0;
}
