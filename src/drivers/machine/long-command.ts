/** Linux takes no single argument of 128 KiB or more; half the way there leaves room for quoting by whoever is in between. */
const longest = 96 * 1024;

export interface Sent {
  /** What the shell is given as its command. */
  readonly text: string;
  /** What has to stand at the beginning of its standard input. */
  readonly before: Buffer | null;
}

/**
 * A command as a shell can be given it. One that is too long comes by standard input and is evaluated in the same shell. When
 * a file follows there, exactly the command's bytes are read first, one at a time, so that none of the file's is swallowed.
 */
export function sendable(text: string, hasInput: boolean): Sent {
  const bytes = Buffer.from(text);
  if (bytes.length <= longest) return { text, before: null };
  const read = hasInput ? `dd bs=1 count=${bytes.length} 2>/dev/null` : 'cat';
  return { text: `eval "$(${read})"`, before: bytes };
}
