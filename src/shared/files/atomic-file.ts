/** Files that are whole at every moment: a reader sees the old text or the new one, also after a crash, and also when two write at once. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

interface AtomicOptions {
  /** Of the file: 0600 is for the owner alone; the user's own usual one when it is left out. */
  readonly mode?: number;
  /** Of folders that are missing. */
  readonly folderMode?: number;
}

/** For the owner alone. */
export const ownFile = { mode: 0o600, folderMode: 0o700 } as const;

/** Writes the text in place of what stands there. */
export async function writeWhole(file: string, text: string, options: AtomicOptions = {}): Promise<void> {
  await withTemporary(file, text, options, (temporary) => rename(temporary, file));
}

/** Writes the text where nothing stands yet; false when something does: that is left. */
export async function writeFirst(file: string, text: string, options: AtomicOptions = {}): Promise<boolean> {
  let first = true;
  await withTemporary(file, text, options, async (temporary) => {
    try {
      await link(temporary, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      first = false;
    }
    await rm(temporary, { force: true });
  });
  return first;
}

/** A rename is only safe on the disk when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes from a folder what writers that have died in the middle of it have left there. */
export async function removeLeftovers(folder: string, olderThanMs = 60_000): Promise<void> {
  for (const name of await readdir(folder).catch((): string[] => [])) {
    if (!temporaryName.test(name)) continue;
    const found = await stat(join(folder, name)).catch(() => null);
    // One that is being written is young.
    if (found !== null && Date.now() - found.mtimeMs > olderThanMs)
      await rm(join(folder, name), { force: true });
  }
}

const temporaryName = /\.[0-9a-f]{12}\.(tmp|partial)$/;

/** The text on the disk under a name that nobody else has; `put` gives it its own. */
async function withTemporary(
  file: string,
  text: string,
  { mode, folderMode }: AtomicOptions,
  put: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, ...(folderMode === undefined ? {} : { mode: folderMode }) });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await put(temporary);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}
