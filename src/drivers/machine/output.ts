import { StringDecoder } from 'node:string_decoder';
import type { Task } from '../../ports/ports.ts';

/** So much of each stream is kept: its end. */
const kept = 1024 * 1024;
/** A line longer than this is handed on in pieces. */
const longest = 64 * 1024;

interface CommandOutput {
  out(chunk: Buffer): void;
  err(chunk: Buffer): void;
  /** Hands on the last lines when they have no newline; both streams as text. */
  end(): { readonly stdout: string; readonly stderr: string };
}

/** Gathers what a command prints, and hands each line on as it comes. Bytes of one character may come in two chunks. */
export function gather(onLine: Task['onLine']): CommandOutput {
  const out = oneStream((line) => onLine?.(line, 'out'));
  const err = oneStream((line) => onLine?.(line, 'err'));
  return { out: out.add, err: err.add, end: () => ({ stdout: out.end(), stderr: err.end() }) };
}

function oneStream(heard: (line: string) => void): { add(chunk: Buffer): void; end(): string } {
  const decoder = new StringDecoder('utf8');
  let chunks: Buffer[] = [];
  let size = 0;
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) heard(line.endsWith('\r') ? line.slice(0, -1) : line);
    // The mark at each cut is for the mask: it hides half a secret beside one.
    for (; rest.length > longest; rest = `…${rest.slice(longest - 1)}`)
      heard(`${rest.slice(0, longest - 1)}…`);
  };
  return {
    add: (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > 2 * kept) {
        chunks = [lastBytes(chunks)];
        size = kept;
      }
      take(decoder.write(chunk));
    },
    end: () => {
      take(decoder.end());
      if (rest !== '') heard(rest.endsWith('\r') ? rest.slice(0, -1) : rest);
      rest = '';
      return textOf(lastBytes(chunks), size > kept || chunks.some((chunk) => chunk.length > kept));
    },
  };
}

const lastBytes = (chunks: readonly Buffer[]): Buffer => Buffer.concat(chunks).subarray(-kept);

/** A cut may have gone through a character: its remains at the beginning are dropped. */
function textOf(bytes: Buffer, cut: boolean): string {
  let from = 0;
  while (cut && from < 3 && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return bytes.subarray(from).toString('utf8');
}
