/** The end of the program: the last output, then the only process.exit of the project. */

/** A reader that does not read must not keep us: after so long without it we leave. After a signal nobody waits for us. */
const patience = { usual: 60_000, hurried: 5000 };

/** Writes the last output, waits until it is out, and leaves. */
export async function leave(
  code: number,
  text: string,
  options: { readonly hurried?: boolean; readonly withinMs?: number } = {},
): Promise<never> {
  const limit = options.withinMs ?? (options.hurried ? patience.hurried : patience.usual);
  const late = setTimeout(() => process.exit(code), limit);
  if (text !== '') await written(process.stdout, text);
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await written(stream, '');
  }
  clearTimeout(late);
  process.exit(code);
}

/** A reader that went away (a closed pipe, an aborted build) must not end what is under way. */
export function surviveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** Also resolves when it cannot be written: nobody is there to hear it. */
async function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (stream.writable) await new Promise((resolve) => stream.write(text, resolve));
}
