/** Output of a program: cut into lines as it comes, and its end kept. */
import { StringDecoder } from 'node:string_decoder';

/** Of each stream so many characters are kept: the last ones. A line is told in pieces of at most so many. */
const kept = 4 * 1024 * 1024;
const longest = 64 * 1024;

interface LineReader {
  readonly take: (chunk: Buffer) => void;
  /** Tells the last line, which may lack its newline, and returns what was kept. */
  end(): string;
}

export function lineReader(onLine: (line: string) => void): LineReader {
  // A character may be cut in two by a chunk's end.
  const decoder = new StringDecoder('utf8');
  let chunks: string[] = [];
  let size = 0;
  let rest = '';
  const keep = (text: string): void => {
    chunks.push(text);
    size += text.length;
    if (size < kept * 2) return;
    chunks = [chunks.join('').slice(-kept)];
    size = kept;
  };
  const take = (text: string): void => {
    if (text === '') return;
    keep(text);
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
    // The mark at each cut is for the mask: it hides half a secret beside one.
    for (; rest.length > longest; rest = `…${rest.slice(longest - 1)}`)
      onLine(`${rest.slice(0, longest - 1)}…`);
  };
  return {
    take: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
      return chunks.join('').slice(-kept);
    },
  };
}

/** Gives the first line to `first` and all that follows to `others`. */
export function firstLine(
  first: (line: string) => void,
  others: (chunk: Buffer) => void,
): (chunk: Buffer) => void {
  let head: Buffer | null = Buffer.alloc(0);
  return (chunk) => {
    if (head === null) return others(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(10);
    if (end === -1) return;
    const rest = head.subarray(end + 1);
    first(head.subarray(0, end).toString());
    head = null;
    if (rest.length > 0) others(rest);
  };
}
