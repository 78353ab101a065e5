import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { fail } from '../../errors.ts';
import type { Task } from '../../ports/ports.ts';
import { shareFile } from './shared-file.ts';

interface Feed {
  /** Writes everything and ends the stream; stops early when whoever reads has gone. Throws `input-unreadable`. */
  into(target: Writable): Promise<void>;
  close(): Promise<void>;
}

/** Opens what a command is given as standard input. It is opened before the command is started: one without its input must not run. */
export async function openFeed(task: Task, before: Buffer | null): Promise<Feed> {
  const { input, title } = task;
  if (!input)
    return { into: async (target) => void target.end(before ?? undefined), close: async () => undefined };
  const unreadable = (error: unknown): never => {
    throw fail(
      'input-unreadable',
      { file: input.file, title, reason: (error as Error).message },
      { cause: error },
    );
  };
  const handle = await open(input.file).catch(unreadable);
  const file = await shareFile(handle).catch(async (error: unknown) => {
    await handle.close();
    return unreadable(error);
  });
  const send = async (target: Writable): Promise<void> => {
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    target.once('close', leave);
    if (before) await put(target, before, gone.signal);
    let sent = 0;
    if (input.front) {
      await put(target, input.front, gone.signal);
      input.onSent?.((sent = input.front.length));
    }
    try {
      for await (const chunk of file.pieces()) {
        if (gone.signal.aborted || !target.writable) return;
        await put(target, chunk, gone.signal);
        sent += chunk.length;
        input.onSent?.(sent);
      }
    } catch (error) {
      unreadable(error);
    } finally {
      target.off('close', leave);
    }
    target.end();
  };
  const close = (): Promise<void> => {
    file.close();
    return handle.close();
  };
  return { into: send, close };
}

async function put(target: Writable, chunk: Buffer, gone: AbortSignal): Promise<void> {
  if (target.write(chunk) || gone.aborted) return;
  try {
    await once(target, 'drain', { signal: gone });
  } catch {
    // The reader went away; its exit code tells more than the broken pipe does, and the caller sees that nothing is writable.
    return;
  }
}
